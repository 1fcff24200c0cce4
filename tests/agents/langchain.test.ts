import { tool as langchainTool } from "@langchain/core/tools";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { ChatResult } from "@langchain/core/outputs";
import { StateSchema } from "@langchain/langgraph";
import { agent, fromLangChainTool, langchain } from "batonjs";
import { calls, scripted, testConfig } from "batonjs/testing";
import { expect, it } from "vitest";
import { z } from "zod";

const Note = new StateSchema({ topic: z.string(), text: z.string().default("") });

/** A real LangChain chat model that plays answers and notes what it was given. */
class PlayingChat extends BaseChatModel {
  readonly seen: BaseMessage[][] = [];
  readonly answers: AIMessage[];
  bound: unknown[] = [];

  constructor(answers: AIMessage[]) {
    super({});
    this.answers = answers;
  }

  _llmType(): string {
    return "playing";
  }

  override bindTools(tools: unknown[]): this {
    this.bound = tools;
    return this;
  }

  async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    this.seen.push(messages);
    const message = this.answers.shift() ?? new AIMessage("");
    return { generations: [{ text: message.text, message }] };
  }
}

const lookup = langchainTool(async ({ word }: { word: string }) => `${word} means leaf`, {
  name: "lookup",
  description: "Looks a word up.",
  schema: z.object({ word: z.string() }),
});

it("lets an agent call a LangChain tool", async () => {
  const writer = agent(Note, {
    prompt: "write",
    reads: ["topic"],
    writes: ["text"],
    tools: [fromLangChainTool(lookup, { effect: "read" })],
  });
  const model = scripted([
    { answer: calls(["lookup", { word: 1 }]) },
    { when: "do not fit", answer: calls(["lookup", { word: "cha" }]) },
    { when: "cha means leaf", answer: { text: "leaf" } },
  ]);
  await expect(writer({ topic: "tea" }, testConfig({ model }))).resolves.toEqual({ text: "leaf" });
  model.assertUsedUp();
});

it("lets an agent work on a LangChain chat model, with tools and a checked answer", async () => {
  const chat = new PlayingChat([
    new AIMessage({ content: "", tool_calls: [{ id: "a", name: "lookup", args: { word: "cha" } }] }),
    Object.assign(
      new AIMessage({ content: '```json\n{"text":"leaf"}\n```', response_metadata: { finish_reason: "stop" } }),
      {
        usage_metadata: { input_tokens: 5, output_tokens: 2, total_tokens: 7, input_token_details: { cache_read: 4 } },
      },
    ),
  ]);
  const writer = agent(Note, {
    prompt: "write",
    reads: ["topic"],
    writes: ["text"],
    tools: [fromLangChainTool(lookup, { effect: "read" })],
  });
  const config = testConfig({ model: langchain(chat, { settings: { model: "playing-1" } }) });
  await expect(writer({ topic: "tea" }, config)).resolves.toEqual({ text: "leaf" });
  expect(chat.bound).toEqual([expect.objectContaining({ function: expect.objectContaining({ name: "lookup" }) })]);
  expect(chat.seen[1]?.map((message) => message.getType())).toEqual(["system", "human", "ai", "tool"]);
  expect(chat.seen[1]?.at(-1)?.text).toContain("cha means leaf");
  expect(config.events).toContainEqual(
    expect.objectContaining({
      type: "model_called",
      model: "langchain/playing-1",
      usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 4 },
    }),
  );
});

it("takes an answer that LangChain reports as cut off for what it is", async () => {
  const chat = new PlayingChat([new AIMessage({ content: '{"te', response_metadata: { finish_reason: "length" } })]);
  const writer = agent(Note, { prompt: "write", reads: ["topic"], writes: ["text"] });
  const config = testConfig({ model: langchain(chat, { settings: {} }) });
  await expect(writer({ topic: "tea" }, config)).rejects.toMatchObject({ code: "model-truncated" });
});
