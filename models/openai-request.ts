import type { ChatCompletionCreateParamsBase } from "openai/resources/chat/completions";

import type { JsonObject, JsonValue } from "../core/json.ts";
import type { ModelMessage, ModelRequest } from "./model.ts";

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
      messages: messagesFor(request, shape.mode),
      response_format: responseFormat(request, shape.mode),
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

function messagesFor({ messages, output }: ModelRequest, mode: OutputMode): ModelMessage[] {
  if (mode === "json_schema") return [...messages];
  const instruction: ModelMessage = {
    role: "system",
    content: `Answer with one JSON object and nothing else. It must fit this JSON schema:\n${JSON.stringify(output.schema)}`,
  };
  // After the prompt's own system messages: some endpoints refuse a system message behind the user's.
  const firstOther = messages.findIndex(({ role }) => role !== "system");
  return messages.toSpliced(firstOther === -1 ? messages.length : firstOther, 0, instruction);
}
