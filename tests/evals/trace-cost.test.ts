import { expect, test } from "vitest";

import type { RunEvent } from "../../core/events.ts";
import { cost } from "../../evals/scorers/limits.ts";
import { traceOf } from "../../evals/trace.ts";

const task = { step: 1, node: "writer", taskId: "t", namespace: "", attempt: 1 };
const call = (parts: { readonly costUsd?: number }): RunEvent => ({
  type: "model_called",
  ...task,
  model: "m",
  usage: { inputTokens: 1, outputTokens: 1 },
  ms: 1,
  replayed: false,
  ...parts,
});
const scored = (events: readonly RunEvent[]) => ({
  input: {},
  output: null,
  expected: undefined,
  trace: traceOf(events, 1),
});

test("the scorer `cost` counts in dollars what the calls of an execution cost together", async () => {
  const events = [call({ costUsd: 0.25 }), call({ costUsd: 0.5 })];
  expect(await cost({ usd: 0.75 }).score(scored(events))).toEqual({ score: 1 });
  expect(await cost({ usd: 0.5 }).score(scored(events))).toMatchObject({
    score: 0,
    reason: "Cost $0.7500, allowed is $0.5.",
  });
});

test("the scorer `cost` gives no score in dollars when the price of one call is unknown", () => {
  expect(() => cost({ usd: 1 }).score(scored([call({ costUsd: 0.25 }), call({})]))).toThrow(
    expect.objectContaining({ code: "suite-invalid" }),
  );
});
