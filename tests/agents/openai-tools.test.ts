import { START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, openai, tool, workflow } from "batonjs";
import { openaiServer, type ServerReply, testConfig } from "batonjs/testing";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { z } from "zod";

import { isJsonObject } from "../../core/json.ts";
import { modelRequest } from "../models/request.ts";
import { openBaton } from "../support/baton.ts";

const Shop = new StateSchema({ wish: z.string(), note: z.string().default("") });
const PROMPTS = { buy: '---\ninput:\n  schema:\n    wish: string\n---\n{{role "user"}}\nBuy {{wish}}.\n' };
const DONE = { kind: "completion", content: { note: "6 euros" } } as const;
const PRICES: ServerReply = {
  kind: "completion",
  content: "",
  toolCalls: [
    ["price_of", { item: "teapot" }],
    ["price_of", { item: "tea – grün" }],
  ],
};

const priceOf = tool({
  name: "price_of",
  description: "The price of an item.",
  input: z.object({ item: z.string() }),
  effect: "read",
  run: ({ item }) => `${item} costs ${item.length}`,
});
const buyer = agent(Shop, { prompt: "buy", reads: ["wish"], writes: ["note"], tools: [priceOf] });
const shop = workflow({ id: "shop", graph: new StateGraph(Shop).addNode("buyer", buyer).addEdge(START, "buyer") });

async function serve(script: readonly ServerReply[]) {
  const server = await openaiServer(script);
  onTestFinished(() => server.close());
  const model = openai("test-model", { baseURL: server.url, apiKey: "sk-test", env: {}, retry: { maxAttempts: 1 } });
  return { server, model };
}

describe("an agent with tools on an OpenAI endpoint", () => {
  it("sends its tools, runs parallel calls, and sends each result back under the id of its call", async () => {
    const { server, model } = await serve([PRICES, DONE]);
    const baton = await openBaton({ workflows: [shop], model, prompts: PROMPTS });
    const outcome = await (await baton.start("shop", { wish: "tea" })).result();
    expect(outcome).toMatchObject({ status: "completed", state: { note: "6 euros" } });
    const [first, second] = server.requests;
    expect(first?.body["tools"]).toEqual([
      {
        type: "function",
        function: {
          name: "price_of",
          description: "The price of an item.",
          strict: true,
          parameters: {
            type: "object",
            properties: { item: { type: "string" } },
            required: ["item"],
            additionalProperties: false,
          },
        },
      },
    ]);
    const sent = second?.body["messages"];
    const messages = (Array.isArray(sent) ? sent : []).filter(isJsonObject);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "tool"]);
    expect(messages[1]?.["tool_calls"]).toMatchObject([
      { id: "call_1", type: "function", function: { name: "price_of", arguments: '{"item":"teapot"}' } },
      { id: "call_2", function: { arguments: '{"item":"tea – grün"}' } },
    ]);
    expect(messages[2]).toMatchObject({ tool_call_id: "call_1", content: expect.stringContaining("teapot costs 6") });
    expect(messages[3]).toMatchObject({ tool_call_id: "call_2", content: expect.stringContaining("grün costs 10") });
  });

  it("is told of arguments that are cut off, and runs nothing with them", async () => {
    const cut: ServerReply = { kind: "completion", content: "", toolCalls: [["price_of", '{"item": "tea']] };
    const { server, model } = await serve([cut, DONE]);
    const config = testConfig({ model });
    expect(await buyer({ wish: "tea" }, config)).toEqual({ note: "6 euros" });
    expect(config.events.some(({ type }) => type === "tool_called")).toBe(false);
    expect(JSON.stringify(server.requests[1]?.body)).toContain("not a JSON object");
  });
});

describe("tool calls that are streamed", () => {
  const TOOLS = [{ name: "price_of", description: "", parameters: { type: "object" }, strict: false }] as const;

  test.each([1, 3, 1000])("are put together from pieces of %i bytes, each call by its index", async (pieceBytes) => {
    const { model } = await serve([{ ...PRICES, delivery: { pieceBytes } } as ServerReply]);
    const { toolCalls, finish } = await model.generate(modelRequest({ tools: TOOLS }), { onToken: () => {} });
    expect(finish).toBe("tool_calls");
    expect(toolCalls).toEqual([
      { id: "call_1", name: "price_of", arguments: '{"item":"teapot"}' },
      { id: "call_2", name: "price_of", arguments: '{"item":"tea – grün"}' },
    ]);
  });

  test.each([4, 6, 9])("never become calls when the stream is cut after %i events", async (breakAfterEvents) => {
    const { model } = await serve([{ ...PRICES, delivery: { breakAfterEvents } } as ServerReply]);
    await expect(model.generate(modelRequest({ tools: TOOLS }), { onToken: () => {} })).rejects.toThrow();
  });
});
