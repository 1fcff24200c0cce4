import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { eventSchema } from "../../core/event-schema.ts";
import { RunEvent, StoredEvent } from "../../core/events.ts";
import { TextEvent } from "../../core/live-events.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const task = { step: 1, node: "writer", taskId: "t1", namespace: "", attempt: 1 };
const call = { tool: "look", call: "c1", turn: 1, arguments: { word: "tea", deep: [null, 1] } };
const error = {
  name: "BatonError",
  message: "no",
  code: "turn-limit",
  cause: { name: "Error", message: "why" },
} as const;

const EVENTS: readonly RunEvent[] = [
  { type: "run_started", epoch: 1, resumed: false, head: null, seams: { store: "file", model: "offline" } },
  { type: "task_started", ...task },
  { type: "memory_recalled", ...task, route: { layers: ["vector"] }, items: 2 },
  { type: "prompt_rendered", ...task, prompt: "write@1", closure: "abc", dirty: false },
  { type: "model_called", ...task, model: "m", usage: { inputTokens: 1, outputTokens: 2 }, ms: 3, replayed: false },
  { type: "model_fell_back", ...task, from: "a", to: "b", reason: "down" },
  { type: "model_note", ...task, model: "m", note: "JSON mode" },
  { type: "answer_rejected", ...task, problem: "no list", repairs: 0 },
  {
    type: "tool_called",
    ...task,
    ...call,
    effect: "once",
    key: "k",
    outcome: "done",
    result: "tea",
    digest: "d",
    bytes: 3,
    ms: 1,
    replayed: true,
  },
  { type: "tool_refused", ...task, ...call, reason: "not_granted", message: "no" },
  { type: "handed_off", ...task, to: "billing", reason: "money" },
  { type: "workflow_entered", ...task, workflow: "poem" },
  { type: "task_completed", ...task, ms: 1.5, update: { lines: ["a"] } },
  { type: "task_failed", ...task, ms: 1, error },
  { type: "step_committed", step: -1, checkpoint: "c" },
  { type: "run_forked", from: "r1", step: 2, checkpoint: "c", set: { topic: "tea" }, by: "ada", reason: "try" },
  { type: "prompt_overridden", name: "write", wanted: "write@v2", from: null, to: "write@2", closure: "abc" },
  { type: "workflow_changed", from: "f1", to: "f2", changes: ["node `a` is new"] },
  {
    type: "state_migrated",
    from: "1",
    to: "2",
    direction: "up",
    replaced: null,
    checkpoint: null,
    fields: ["topic"],
    tasks: { t2: "t1" },
  },
  { type: "history_pruned", checkpoints: 1, events: 2, effects: 3 },
  { type: "run_interrupted", interrupts: [{ id: "i", value: "sure?" }] },
  { type: "run_answered", interrupt: "i", checkpoint: "c", answer: true, taken: 0, by: "ada" },
  { type: "budget_used_up", budget: "r1", part: "usd", limit: 1.5, spent: 1.6 },
  { type: "budget_changed", from: { tokens: 1 }, to: { tokens: 2, wallMs: 3 } },
  { type: "run_handed_over", reason: "SIGTERM" },
  { type: "run_failed", error },
  { type: "run_parked", reason: "no model", nextAt: 1 },
  { type: "run_cancelled", reason: "asked", by: "ada" },
  { type: "run_died", error, epochs: [1, 2] },
  { type: "run_completed" },
];
const SHOWN: readonly TextEvent[] = [
  { type: "text_received", ...task, at: 1, path: "lines[0]", text: "tea" },
  { type: "text_discarded", ...task, at: 1 },
];
const stored = (event: RunEvent): StoredEvent => ({ ...event, seq: 1, at: 1_700_000_000_000 });
const fromJson = z.fromJSONSchema(eventSchema());

test("there is a sample of every event", () => {
  const types = RunEvent.options.map((option) => option.unwrap().shape.type.value);
  expect(EVENTS.map(({ type }) => type)).toEqual(types);
});

test.each(EVENTS.map((event) => [event.type, event] as const))(
  "%s fits its schemas and loses nothing",
  (_type, event) => {
    expect(RunEvent.parse(event)).toEqual(event);
    expect(StoredEvent.parse(stored(event))).toEqual(stored(event));
    expect(fromJson.safeParse(stored(event)).error).toBeUndefined();
  },
);

test.each(SHOWN.map((event) => [event.type, event] as const))("%s fits its schemas, too", (_type, event) => {
  expect(TextEvent.parse(event)).toEqual(event);
  expect(fromJson.safeParse(event).error).toBeUndefined();
});

test.each([
  ["an unknown type", { type: "run_vanished", seq: 1, at: 1 }],
  ["a task without its step", { ...stored({ type: "task_started", ...task }), step: undefined }],
  ["an attempt that is none", stored({ type: "task_started", ...task, attempt: 0 })],
  ["an unknown part of a budget", { ...stored({ type: "budget_changed", from: {}, to: {} }), to: { coffee: 1 } }],
  ["an event that was never stored", { type: "run_completed" }],
])("refuses %s", (_what, event) => {
  expect(StoredEvent.safeParse(event).success).toBe(false);
});

test("the JSON schema that other programs read is the one of the schemas", async () => {
  const written: unknown = JSON.parse(await readFile(join(ROOT, "docs/events.schema.json"), "utf8"));
  expect(written, "Write it again with: npm run schema").toEqual(eventSchema());
});
