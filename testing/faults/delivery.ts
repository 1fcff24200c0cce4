import type { FaultParts, FaultScenario } from "../fault-scenarios.ts";
import type { Delivery, ServerReply } from "../openai-server.ts";
import { completionEvents } from "../openai-wire.ts";

const ALWAYS = 12;
const PAGE = "<!doctype html><html><head><title>Bad gateway</title></head><body>nginx</body></html>";

/** Answers that arrive in pieces, late, as something else, or not at all. */
export function deliveryFaults({ answer }: FaultParts): readonly FaultScenario[] {
  const right: ServerReply = { kind: "completion", content: answer };
  const by = (delivery: Delivery): ServerReply => ({ kind: "completion", content: answer, delivery });
  const html = (status: number): ServerReply => ({ kind: "raw", status, body: PAGE });
  const events = completionEvents({ content: answer }, { stream_options: { include_usage: true } }).length;
  const cuts = Array.from({ length: events }, (_, count) => count).flatMap((count): readonly FaultScenario[] => [
    {
      name: `connection-breaks-after-${count}-events`,
      script: [by({ breakAfterEvents: count }), right],
      ends: "completed",
      requests: 2,
    },
    {
      name: `stream-ends-after-${count}-events`,
      script: [by({ endAfterEvents: count }), right],
      ends: "completed",
      requests: 2,
    },
  ]);
  const always = (reply: ServerReply): readonly ServerReply[] => Array<ServerReply>(ALWAYS).fill(reply);
  return [
    ...cuts,
    { name: "pieces-of-one-byte", script: [by({ pieceBytes: 1 })], ends: "completed", requests: 1 },
    {
      name: "connection-breaks-always",
      script: always(by({ breakAfterEvents: 2 })),
      ends: "parked",
      requests: 3,
    },
    { name: "connection-reset-once", script: [{ kind: "reset" }, right], ends: "completed", requests: 2 },
    { name: "connection-reset-always", script: always({ kind: "reset" }), ends: "parked", requests: 3 },
    { name: "silence-once", script: [{ kind: "hang" }, right], ends: "completed", requests: 2, isSlow: true },
    { name: "silence-always", script: always({ kind: "hang" }), ends: "parked", requests: 3, isSlow: true },
    {
      name: "silence-behind-the-headers",
      script: always({ kind: "hang", afterHeaders: true }),
      ends: "parked",
      requests: 3,
      isSlow: true,
    },
    {
      name: "one-byte-a-second",
      script: always(by({ pieceBytes: 1, pauseMs: 1000 })),
      ends: "parked",
      requests: 3,
      isSlow: true,
    },
    { name: "html-502-once", script: [html(502), right], ends: "completed", requests: 2 },
    { name: "html-503-always", script: always(html(503)), ends: "parked", requests: 3 },
    { name: "html-200", script: always(html(200)), ends: "failed", code: "model-failed", requests: 1 },
    {
      name: "json-that-ends-in-the-middle",
      script: [{ kind: "raw", status: 200, body: '{"choices":[', headers: JSON_TYPE }, right],
      ends: "completed",
      requests: 2,
    },
    {
      name: "no-body-always",
      script: always({ kind: "raw", status: 200, body: "", headers: JSON_TYPE }),
      ends: "parked",
      requests: 3,
    },
  ];
}

const JSON_TYPE = { "content-type": "application/json" };
