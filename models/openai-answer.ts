import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";

import type { Usage } from "../core/events.ts";
import type { FinishReason, ModelResponse, ToolCall } from "./model.ts";
import { ModelError } from "./model-error.ts";
import { errorInBody, type FailureContext, unexpectedAnswer } from "./openai-error.ts";
import { collectToolCalls, readToolCalls } from "./openai-tool-calls.ts";

/** Far above what any model writes in one answer; stops endpoints that never end. */
const LONGEST_ANSWER = 8_000_000;

/** Reads a whole completion; throws a `ModelError` when the body is none. */
export function readCompletion(body: unknown, context: FailureContext): ModelResponse {
  if (hasError(body)) throw errorInBody(body.error, context);
  if (body === undefined || body === null || body === "") throw cut(0, context);
  const choice = isCompletion(body) ? body.choices[0] : undefined;
  if (!isCompletion(body) || choice?.message === undefined) throw unexpectedAnswer(body, context);
  const { content, refusal, tool_calls } = choice.message;
  const toolCalls = readToolCalls(tool_calls);
  const finish = finishReason(choice.finish_reason, { isRefusal: isText(refusal), toolCalls });
  if ((content ?? "").length > LONGEST_ANSWER) throw endless(context);
  return response({ text: content ?? refusal ?? "", finish, toolCalls, model: body.model, usage: body.usage }, context);
}

export interface StreamReader {
  readonly onToken: (text: string) => void;
  /** Called with every event, so that a silent stream can be noticed. */
  readonly onEvent: () => void;
}

/** Collects a streamed completion; throws a `ModelError` when the stream ends before the model did, and never returns a part. */
export async function readStream(
  stream: AsyncIterable<ChatCompletionChunk>,
  reader: StreamReader,
  context: FailureContext,
): Promise<ModelResponse> {
  const parts: string[] = [];
  const refusals: string[] = [];
  const calls = collectToolCalls();
  let length = 0;
  let reason: string | undefined;
  let model = "";
  let usage: ChatCompletionChunk["usage"];
  for await (const chunk of stream) {
    reader.onEvent();
    if (hasError(chunk)) throw errorInBody(chunk.error, context);
    model = chunk.model ?? model;
    usage = chunk.usage ?? usage;
    // Azure opens with an event without choices, and the usage comes in one.
    const choice = chunk.choices?.[0];
    if (isText(choice?.delta?.content)) {
      parts.push(choice.delta.content);
      length += choice.delta.content.length;
      reader.onToken(choice.delta.content);
    }
    if (isText(choice?.delta?.refusal)) refusals.push(choice.delta.refusal);
    calls.add(choice?.delta?.tool_calls);
    if (length + calls.length > LONGEST_ANSWER) throw endless(context);
    reason = choice?.finish_reason ?? reason;
  }
  if (reason === undefined) throw cut(length, context);
  const toolCalls = calls.finish();
  const finish = finishReason(reason, { isRefusal: refusals.length > 0, toolCalls });
  const text = parts.length === 0 ? refusals.join("") : parts.join("");
  return response({ text, finish, toolCalls, model, usage }, context);
}

interface Answer {
  readonly text: string;
  readonly finish: FinishReason;
  readonly toolCalls: readonly ToolCall[];
  readonly model: string | undefined;
  readonly usage: ChatCompletion["usage"] | null;
}

function response({ text, finish, toolCalls, model, usage }: Answer, context: FailureContext): ModelResponse {
  const cached = tokens(usage?.prompt_tokens_details?.cached_tokens);
  const counted: Usage = {
    inputTokens: tokens(usage?.prompt_tokens),
    outputTokens: tokens(usage?.completion_tokens),
    ...(cached > 0 ? { cachedInputTokens: cached } : {}),
  };
  return {
    text,
    finish,
    // Behind any other finish a call may be half a call, and half a call is none.
    ...(finish === "tool_calls" ? { toolCalls } : {}),
    usage: counted,
    model: isText(model) ? model : context.model,
    ...(usage === undefined || usage === null
      ? {
          usageMissing: true,
          notes: ["The endpoint reported no token usage: tokens and cost of this call are unknown."],
        }
      : {}),
  };
}

function tokens(count: unknown): number {
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

interface Ending {
  readonly isRefusal: boolean;
  readonly toolCalls: readonly ToolCall[];
}

/** Some endpoints end a message that asks for tools with `stop`. */
function finishReason(reason: string | null | undefined, { isRefusal, toolCalls }: Ending): FinishReason {
  if (isRefusal) return "refusal";
  if (reason === "length" || reason === "content_filter") return reason;
  return toolCalls.length > 0 ? "tool_calls" : "stop";
}

function endless(context: FailureContext): ModelError {
  return new ModelError(
    `The answer of model \`${context.model}\` was longer than ${LONGEST_ANSWER} characters and was not read to its end.`,
    {
      model: context.model,
      retryable: false,
      hint: "Set `maxOutputTokens` in the prompt's `config`, then resume the run.",
    },
  );
}

function cut(characters: number, context: FailureContext): ModelError {
  return new ModelError(
    `The answer of model \`${context.model}\` was cut off after ${characters} characters: it ended before the model did.`,
    {
      model: context.model,
      retryable: true,
      hint: "Resume the run; if it happens again, look for a proxy that closes long connections.",
    },
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function hasError(body: unknown): body is { readonly error: unknown } {
  return (
    typeof body === "object" && body !== null && "error" in body && body.error !== null && body.error !== undefined
  );
}

function isCompletion(body: unknown): body is ChatCompletion {
  return typeof body === "object" && body !== null && "choices" in body && Array.isArray(body.choices);
}
