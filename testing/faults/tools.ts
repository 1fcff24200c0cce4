import type { JsonObject } from "../../core/json.ts";
import type { FaultScenario } from "../fault-scenarios.ts";
import type { ServerReply } from "../openai-server.ts";
import type { CompletionReply } from "../openai-wire.ts";

const MANY = 40;
/** Of a streamed call: the role, the call with its name, and a piece of its arguments. */
const INSIDE_THE_CALL = 3;

type Call = NonNullable<CompletionReply["toolCalls"]>[number];

/** Calls of tools that must not be made, or that never come to an end. */
export function toolFaults(
  answer: JsonObject,
  [name, input]: readonly [name: string, input: JsonObject],
): readonly FaultScenario[] {
  const right: ServerReply = { kind: "completion", content: answer };
  const calling = (...toolCalls: readonly Call[]): ServerReply => ({ kind: "completion", content: "", toolCalls });
  const unknown = calling(["erase_everything", {}]);
  const half = calling([name, JSON.stringify(input).slice(0, -1)]);
  return [
    { name: "unknown-tool-once", script: [unknown, right], ends: "completed", requests: 2 },
    {
      name: "unknown-tool-always",
      script: Array<ServerReply>(MANY).fill(unknown),
      ends: "failed",
      code: "tool-call-invalid",
      requests: 3,
    },
    { name: "half-a-tool-call-once", script: [half, right], ends: "completed", requests: 2 },
    {
      name: "half-a-tool-call-always",
      script: Array<ServerReply>(MANY).fill(half),
      ends: "failed",
      code: "tool-call-invalid",
      requests: 3,
    },
    {
      name: "half-a-tool-call-by-length",
      script: Array<ServerReply>(MANY).fill({
        kind: "completion",
        content: "",
        toolCalls: [[name, input]],
        finish: "length",
      }),
      ends: "failed",
      code: "model-truncated",
      requests: 1,
    },
    {
      name: "cut-inside-a-tool-call",
      script: [
        {
          kind: "completion",
          content: "",
          toolCalls: [[name, input]],
          delivery: { breakAfterEvents: INSIDE_THE_CALL },
        },
        right,
      ],
      ends: "completed",
      requests: 2,
    },
    {
      name: "endless-tool-loop",
      script: Array<ServerReply>(MANY).fill(calling([name, input])),
      ends: "failed",
      code: "turn-limit",
      requests: 10,
    },
  ];
}
