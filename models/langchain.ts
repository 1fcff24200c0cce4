import type { AIMessageChunk, BaseMessageLike } from "@langchain/core/messages";

import { BatonError } from "../core/errors.ts";
import type { Usage } from "../core/events.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { toReadableJson } from "../core/readable-json.ts";
import { type CallPolicy, inProduction } from "./in-production.ts";
import type { FinishReason, Model, ModelMessage, ModelRequest, ModelResponse, ToolDescription } from "./model.ts";
import { ModelError, providerText } from "./model-error.ts";
import { isRetryable } from "./retry.ts";

/** The part of LangChain's `BaseChatModel` that is used here; taken structurally, so that the copy of the package does not matter. */
export interface LangChainChatModel {
  invoke(input: BaseMessageLike[], options?: { signal?: AbortSignal }): Promise<AIMessageChunk>;
  // A method, and not LangChain's own type: its parameters differ from version to version.
  bindTools?(tools: ToolDefinition[]): Pick<LangChainChatModel, "invoke">;
  _llmType(): string;
}

interface ToolDefinition {
  type: "function";
  function: { name: string; description: string; parameters: Record<string, unknown> };
}

/** Retries of Baton are the only ones there should be: make the LangChain model with `maxRetries: 0`. */
export interface LangChainOptions extends CallPolicy {
  /** What answers depend on beside the request, such as the model's name and temperature: part of every journal key. No secrets. */
  readonly settings: JsonObject;
}

/**
 * Any LangChain chat model as a model of Baton. The answer's schema goes along in a system message, and the answer is checked against the state
 * as always; settings of prompt files are not sent, since every provider names them otherwise.
 */
export function langchain(chat: LangChainChatModel, { settings, ...policy }: LangChainOptions): Model {
  const type = chat._llmType();
  const named = settings["model"];
  const ref = `langchain/${typeof named === "string" ? named : type}`;
  const once: Model = {
    ref,
    settings: { provider: "langchain", type, ...settings },
    check() {
      // The model was made with its key.
    },
    probe: async () => `LangChain's ${type}; whether it answers is known at its first call`,
    generate: async (request, { signal, onToken } = {}) => {
      signal?.throwIfAborted();
      const answer = await invoke(chat, request, { ref, signal });
      const response = toResponse(answer, ref);
      if (response.text !== "") onToken?.(response.text);
      return { ...response, ...notesOn(request) };
    },
  };
  return inProduction(once, { url: `langchain/${type}`, model: ref }, policy);
}

interface Invocation {
  readonly ref: string;
  readonly signal: AbortSignal | undefined;
}

async function invoke(
  chat: LangChainChatModel,
  request: ModelRequest,
  { ref, signal }: Invocation,
): Promise<AIMessageChunk> {
  const { tools } = request;
  const callable = tools === undefined ? chat : bound(chat, tools, ref);
  try {
    return await callable.invoke(messagesFor(request), signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = providerText(error instanceof Error ? error.message : String(error));
    throw new ModelError(`Model \`${ref}\` failed: ${reason === "" ? "no reason given" : reason}.`, {
      model: ref,
      retryable: isRetryable(error),
      hint: "Resume the run when the provider answers again, or check the model's settings.",
    });
  }
}

function bound(
  chat: LangChainChatModel,
  tools: readonly ToolDescription[],
  ref: string,
): Pick<LangChainChatModel, "invoke"> {
  if (chat.bindTools === undefined) {
    throw new BatonError("model-failed", `Model \`${ref}\` cannot call tools: its class has no \`bindTools\`.`, {
      hint: "Use a LangChain model that supports tools, or take `tools` out of the agent.",
    });
  }
  return chat.bindTools(
    tools.map(({ name, description, parameters }) => ({
      type: "function",
      function: { name, description, parameters: { ...parameters } },
    })),
  );
}

function messagesFor({ messages, output, tools }: ModelRequest): BaseMessageLike[] {
  const when = tools === undefined ? "Answer" : "When you call no tool, answer";
  const schema: BaseMessageLike = [
    "system",
    `${when} with one JSON object and nothing else. It must fit this JSON schema:\n${JSON.stringify(output.schema)}`,
  ];
  // Some providers take system messages only before all others.
  const firstOther = messages.findIndex(({ role }) => role !== "system");
  return messages.map(toLangChain).toSpliced(firstOther === -1 ? messages.length : firstOther, 0, schema);
}

function toLangChain(message: ModelMessage): BaseMessageLike {
  switch (message.role) {
    case "system":
    case "user":
      return [message.role, message.content];
    case "assistant":
      return {
        role: "assistant",
        content: message.content,
        tool_calls: (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
          id,
          type: "function",
          function: { name, arguments: text },
        })),
      };
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
    default:
      return message satisfies never;
  }
}

function toResponse(answer: AIMessageChunk, ref: string): ModelResponse {
  const toolCalls = [
    ...(answer.tool_calls ?? []).map(({ id, name, args }, index) => ({
      id: id ?? `call_${index + 1}`,
      name,
      arguments: JSON.stringify(toReadableJson(args)),
    })),
    // What LangChain could not parse is judged like any other wrong call.
    ...(answer.invalid_tool_calls ?? []).map(({ id, name, args }, index) => ({
      id: id ?? `invalid_${index + 1}`,
      name: name ?? "",
      arguments: args ?? "",
    })),
  ];
  const finish = finishOf(answer, toolCalls.length > 0);
  return {
    text: unfenced(answer.text),
    finish,
    ...(finish === "tool_calls" ? { toolCalls } : {}),
    usage: usageOf(answer),
    model: ref,
  };
}

/** Read as data: LangChain's types lose what is in it. */
function usageOf({ usage_metadata: said }: AIMessageChunk): Usage {
  const counts = toReadableJson(said ?? {});
  const {
    input_tokens: input,
    output_tokens: output,
    input_token_details: details,
  } = isJsonObject(counts) ? counts : {};
  const cached = isJsonObject(details) ? details["cache_read"] : undefined;
  return {
    inputTokens: typeof input === "number" ? input : 0,
    outputTokens: typeof output === "number" ? output : 0,
    ...(typeof cached === "number" ? { cachedInputTokens: cached } : {}),
  };
}

/** Providers name the end of an answer in their own words; LangChain hands them on. */
function finishOf({ response_metadata: meta }: AIMessageChunk, hasCalls: boolean): FinishReason {
  const plain = toReadableJson(meta);
  const said = isJsonObject(plain) ? (plain["finish_reason"] ?? plain["stop_reason"] ?? plain["finishReason"]) : "";
  const reason = typeof said === "string" ? said.toLowerCase() : "";
  if (["length", "max_tokens"].includes(reason)) return "length";
  if (["content_filter", "safety"].includes(reason)) return "content_filter";
  if (reason === "refusal") return "refusal";
  return hasCalls ? "tool_calls" : "stop";
}

/** A model that is only told to answer in JSON often puts it into a code block. */
function unfenced(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/u.exec(text)?.[1] ?? text;
}

function notesOn({ settings }: ModelRequest): Pick<ModelResponse, "notes"> {
  const names = Object.keys(settings);
  return names.length === 0
    ? {}
    : { notes: [`Settings of the prompt are not sent to LangChain models: ${names.join(", ")}.`] };
}
