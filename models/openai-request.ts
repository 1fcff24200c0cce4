import type {
  ChatCompletionCreateParamsBase,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";

import type { JsonObject, JsonValue } from "../core/json.ts";
import type { ModelMessage, ModelRequest, ToolDescription } from "./model.ts";

/** How the endpoint is told what shape the answer must have. */
export type OutputMode = "json_schema" | "json_object";

export interface RequestShape {
  readonly model: string;
  /** The model's own settings; those of the request win. */
  readonly settings: JsonObject;
  readonly mode: OutputMode;
  /** Newer OpenAI models refuse `max_tokens`; many compatible endpoints know nothing else. */
  readonly tokenLimit: "max_completion_tokens" | "max_tokens";
}

export interface OpenAIRequest {
  readonly body: ChatCompletionCreateParamsBase;
  /** What could not be sent, for the user to read. */
  readonly notes: readonly string[];
}

/** Writes a request in OpenAI's wire format. */
export function openaiRequest(request: ModelRequest, shape: RequestShape): OpenAIRequest {
  const settings: JsonObject = { ...shape.settings, ...request.settings };
  const unknown = Object.keys(settings).filter((name) => wireName(name, shape) === undefined);
  return {
    body: {
      ...wireSettings(settings, shape),
      model: shape.model,
      messages: messagesFor(request, shape.mode).map(wireMessage),
      response_format: responseFormat(request, shape.mode),
      ...(request.tools === undefined ? {} : { tools: request.tools.map(wireTool) }),
    },
    notes: unknown.map((name) => `Setting \`${name}\` is not known to openai() and was not sent.`),
  };
}

const WIRE_NAMES: Readonly<Record<string, string>> = {
  temperature: "temperature",
  topP: "top_p",
  seed: "seed",
  stopSequences: "stop",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  reasoningEffort: "reasoning_effort",
  verbosity: "verbosity",
  serviceTier: "service_tier",
};

function wireName(name: string, shape: RequestShape): string | undefined {
  if (name === "maxOutputTokens") return shape.tokenLimit;
  return Object.hasOwn(WIRE_NAMES, name) ? WIRE_NAMES[name] : undefined;
}

function wireSettings(settings: JsonObject, shape: RequestShape): Readonly<Record<string, JsonValue>> {
  const named = Object.entries(settings).map(([name, value]): [string | undefined, JsonValue] => [
    wireName(name, shape),
    value,
  ]);
  return Object.fromEntries(named.filter(([name, value]) => name !== undefined && value !== null));
}

function wireTool({ name, description, parameters, strict }: ToolDescription): ChatCompletionTool {
  return { type: "function", function: { name, description, parameters: { ...parameters }, strict } };
}

function wireMessage(message: ModelMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case "system":
    case "user":
      return { role: message.role, content: message.content };
    case "assistant": {
      const { content, toolCalls = [] } = message;
      if (toolCalls.length === 0) return { role: "assistant", content };
      return {
        role: "assistant",
        // Some endpoints refuse an empty text beside tool calls.
        content: content === "" ? null : content,
        tool_calls: toolCalls.map(({ id, name, arguments: text }) => ({
          id,
          type: "function",
          function: { name, arguments: text },
        })),
      };
    }
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
    default:
      return message satisfies never;
  }
}

function responseFormat(
  { output }: ModelRequest,
  mode: OutputMode,
): NonNullable<ChatCompletionCreateParamsBase["response_format"]> {
  if (mode === "json_object") return { type: "json_object" };
  return {
    type: "json_schema",
    json_schema: { name: output.name, schema: output.schema, strict: output.strict },
  };
}

function messagesFor({ messages, output, tools }: ModelRequest, mode: OutputMode): ModelMessage[] {
  if (mode === "json_schema") return [...messages];
  const instruction: ModelMessage = {
    role: "system",
    content: `${tools === undefined ? "Answer" : "When you call no tool, answer"} with one JSON object and nothing else. It must fit this JSON schema:\n${JSON.stringify(output.schema)}`,
  };
  // After the prompt's own system messages: some endpoints refuse a system message behind the user's.
  const firstOther = messages.findIndex(({ role }) => role !== "system");
  return messages.toSpliced(firstOther === -1 ? messages.length : firstOther, 0, instruction);
}
