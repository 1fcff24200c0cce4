import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

export interface CompletionReply {
  /** The answer: raw text, or an object that is sent as JSON. */
  readonly content: string | JsonObject;
  readonly refusal?: string;
  /** Calls of tools, by name with their arguments (an object, or the raw text). */
  readonly toolCalls?: readonly (readonly [name: string, input: JsonObject | string])[];
  /** @default "stop", or "tool_calls" with tool calls */
  readonly finish?: "stop" | "length" | "content_filter" | "tool_calls";
  /** @default 7 input and 5 output tokens; null leaves the usage out, as some endpoints do */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

const USAGE = { prompt_tokens: 7, completion_tokens: 5 };

/** The body of a completion that is not streamed, in OpenAI's wire format. */
export function completionBody(reply: CompletionReply, request: JsonObject): JsonObject {
  const usage = usageOf(reply);
  return {
    ...envelope(request, "chat.completion"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: reply.refusal === undefined ? textOf(reply) : null,
          refusal: reply.refusal ?? null,
          ...(reply.toolCalls === undefined ? {} : { tool_calls: wireCalls(reply) }),
        },
        finish_reason: finishOf(reply),
      },
    ],
    ...(usage === null ? {} : { usage }),
  };
}

/** The server-sent events of a streamed completion: role, text in small pieces, finish reason, usage when asked for, the end mark. */
export function completionEvents(reply: CompletionReply, request: JsonObject): readonly string[] {
  const head = envelope(request, "chat.completion.chunk");
  const usage = usageOf(reply);
  const deltas: readonly JsonObject[] = [
    { role: "assistant", content: "" },
    ...pieces(reply.refusal ?? textOf(reply)).map((piece): JsonObject =>
      reply.refusal === undefined ? { content: piece } : { refusal: piece },
    ),
    ...wireCalls(reply).flatMap(callDeltas),
  ];
  const chunks: readonly JsonValue[] = [
    ...deltas.map((delta) => ({ ...head, choices: [{ index: 0, delta, finish_reason: null }] })),
    { ...head, choices: [{ index: 0, delta: {}, finish_reason: finishOf(reply) }] },
    ...(usage !== null && wantsUsage(request) ? [{ ...head, choices: [], usage }] : []),
  ];
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"];
}

interface WireCall extends JsonObject {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

function wireCalls({ toolCalls = [] }: CompletionReply): readonly WireCall[] {
  return toolCalls.map(([name, input], index) => ({
    id: `call_${index + 1}`,
    type: "function",
    function: { name, arguments: typeof input === "string" ? input : JSON.stringify(input) },
  }));
}

/** A streamed call begins with its id and name; its arguments follow in small pieces. */
function callDeltas({ id, type, function: called }: WireCall, index: number): readonly JsonObject[] {
  const begin = { tool_calls: [{ index, id, type, function: { name: called.name, arguments: "" } }] };
  const rest = pieces(called.arguments).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }));
  return [begin, ...rest];
}

function finishOf({ finish, toolCalls }: CompletionReply): string {
  return finish ?? (toolCalls === undefined ? "stop" : "tool_calls");
}

function envelope(request: JsonObject, object: string): JsonObject {
  return { id: "chatcmpl-test", object, created: 0, model: request["model"] ?? "test-model" };
}

function textOf({ content }: CompletionReply): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}

function usageOf({ usage }: CompletionReply): JsonObject | null {
  if (usage === null) return null;
  const { prompt_tokens, completion_tokens } = usage ?? USAGE;
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function wantsUsage(request: JsonObject): boolean {
  const options = request["stream_options"];
  return isJsonObject(options) && options["include_usage"] === true;
}

/** Three signs each: enough to see that a reader puts them together. */
function pieces(text: string): readonly string[] {
  return text.match(/[\s\S]{1,3}/gu) ?? [];
}
