import type { JsonObject } from "../../core/json.ts";
import type { FaultParts, FaultScenario } from "../fault-scenarios.ts";
import type { ReceivedRequest, ServerReply } from "../openai-server.ts";
import { completionBody, type CompletionReply } from "../openai-wire.ts";

const ALWAYS = 12;
const FIFTY_MEGABYTES = 50_000_000;

/** Answers that arrive and are none. */
export function answerFaults({ answer }: FaultParts): readonly FaultScenario[] {
  const right: ServerReply = { kind: "completion", content: answer };
  const wrong: ServerReply = { kind: "completion", content: { unexpected: true } };
  const always = (reply: Omit<CompletionReply, "content"> & { readonly content?: string }): readonly ServerReply[] =>
    Array<ServerReply>(ALWAYS).fill({ kind: "completion", content: answer, ...reply });
  return [
    { name: "wrong-schema-once", script: [wrong, right], ends: "completed", requests: 2 },
    {
      name: "wrong-schema-always",
      script: Array<ServerReply>(ALWAYS).fill(wrong),
      ends: "failed",
      code: "model-output-invalid",
      requests: 3,
    },
    {
      name: "prose-always",
      script: always({ content: "Certainly! Here is the line you asked for." }),
      ends: "failed",
      code: "model-output-invalid",
      requests: 3,
    },
    {
      name: "half-an-answer",
      script: always({ content: JSON.stringify(answer).slice(0, -2) }),
      ends: "failed",
      code: "model-output-invalid",
      requests: 3,
    },
    {
      name: "empty-answer",
      script: always({ content: "" }),
      ends: "failed",
      code: "model-output-invalid",
      requests: 1,
    },
    { name: "refusal", script: always({ refusal: "No." }), ends: "failed", code: "model-refused", requests: 1 },
    { name: "length", script: always({ finish: "length" }), ends: "failed", code: "model-truncated", requests: 1 },
    {
      name: "content-filter",
      script: always({ finish: "content_filter" }),
      ends: "failed",
      code: "model-filtered",
      requests: 1,
    },
    { name: "no-usage", script: always({ usage: null }), ends: "completed", requests: 1 },
    {
      name: "fifty-megabytes",
      script: Array<(request: ReceivedRequest) => ServerReply>(ALWAYS).fill((request) => huge(request)),
      ends: "failed",
      code: "model-failed",
      requests: 1,
    },
    {
      name: "no-choices",
      script: Array<ServerReply>(ALWAYS).fill({ kind: "raw", status: 200, body: { object: "list", data: [] } }),
      ends: "failed",
      code: "model-failed",
      requests: 1,
    },
    {
      name: "overloaded-inside-200",
      script: [{ kind: "raw", status: 200, body: { error: { code: "overloaded", message: "Try again." } } }, right],
      ends: "completed",
      requests: 2,
    },
  ];
}

function huge({ body }: ReceivedRequest): ServerReply {
  const text = "x".repeat(FIFTY_MEGABYTES);
  if (body["stream"] !== true) return { kind: "raw", status: 200, body: completionBody({ content: text }, body) };
  const chunk: JsonObject = { object: "chat.completion.chunk", choices: [{ index: 0, delta: { content: text } }] };
  const headers = { "content-type": "text/event-stream" };
  return { kind: "raw", status: 200, headers, body: `data: ${JSON.stringify(chunk)}\n\n` };
}
