import { expect, test } from "vitest";

import type { Clock } from "../../core/clock.ts";
import type { Model, ModelResponse } from "../../models/model.ts";
import { ModelError } from "../../models/model-error.ts";
import { retryOn } from "../../models/retry.ts";
import { type RetryPolicy, withRetries } from "../../models/with-retries.ts";
import { modelRequest } from "./request.ts";

const ANSWER: ModelResponse = { text: "{}", finish: "stop", usage: { inputTokens: 1, outputTokens: 1 }, model: "m" };

interface VirtualClock extends Clock {
  readonly waits: number[];
}

function virtualClock(): VirtualClock {
  const waits: number[] = [];
  return {
    waits,
    now: () => 1_000_000 + waits.reduce((sum, wait) => sum + wait, 0),
    async sleep(ms, signal) {
      waits.push(ms);
      signal?.throwIfAborted();
    },
  };
}

function failing(
  parts: { readonly status?: number; readonly retryable?: boolean; readonly retryAfterMs?: number } = {},
): ModelError {
  return new ModelError("Model `m` answered 503: overloaded.", { model: "m", retryable: true, ...parts });
}

/** A model that throws the given errors, one per call, and then answers. */
function flaky(errors: readonly Error[]): Model & { readonly calls: () => number } {
  let calls = 0;
  return {
    ref: "m",
    settings: { temperature: 0 },
    check: () => undefined,
    probe: async () => "fine",
    calls: () => calls,
    async generate(_request, options) {
      const error = errors[calls++];
      options?.onToken?.("{");
      if (error !== undefined) throw error;
      return ANSWER;
    },
  };
}

function retried(errors: readonly Error[], policy: RetryPolicy = {}) {
  const clock = virtualClock();
  const inner = flaky(errors);
  return { clock, calls: inner.calls, model: withRetries(inner, { clock, random: () => 0.5, ...policy }) };
}

test("waits half of a doubling bound when the dice say half", async () => {
  const { model, clock, calls } = retried([failing(), failing(), failing(), failing()], { maxAttempts: 5 });
  expect(await model.generate(modelRequest())).toBe(ANSWER);
  expect(clock.waits).toEqual([250, 500, 1000, 2000]);
  expect(calls()).toBe(5);
});

test("never waits longer than the bound by itself", async () => {
  const { model, clock } = retried(Array(8).fill(failing()), { maxAttempts: 9, maxDelayMs: 3000, random: () => 0.999 });
  await model.generate(modelRequest());
  expect(Math.max(...clock.waits)).toBe(2997);
});

test("gives up after three requests with an error that nobody retries again", async () => {
  const { model, calls } = retried(Array(9).fill(failing({ status: 503 })));
  const error: unknown = await model.generate(modelRequest()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: "model-unavailable",
    status: 503,
    attempts: 3,
    retriesSpent: true,
    message: "Model `m` answered 503: overloaded: no answer after 3 requests.",
  });
  expect(retryOn(error)).toBe(false);
  expect(calls()).toBe(3);
});

test.each([{ status: 400 }, { status: 401 }, { status: 403 }, { status: 404 }, { status: 422 }])(
  "makes one request when the answer is $status",
  async ({ status }) => {
    const original = failing({ status, retryable: false });
    const { model, calls } = retried([original]);
    await expect(model.generate(modelRequest())).rejects.toBe(original);
    expect(calls()).toBe(1);
  },
);

test("lets a mistake in the program through at once", async () => {
  const { model, calls } = retried([new TypeError("x is not a function")]);
  await expect(model.generate(modelRequest())).rejects.toThrow(TypeError);
  expect(calls()).toBe(1);
});

test("waits as long as the provider asks, and a little jitter", async () => {
  const { model, clock } = retried([failing({ retryAfterMs: 7000 })]);
  await model.generate(modelRequest());
  expect(clock.waits).toEqual([7250]);
});

test("does not wait longer than a minute: it fails with the time at which the provider wants to be asked", async () => {
  const { model, clock, calls } = retried([failing({ retryAfterMs: 90_000 })]);
  await expect(model.generate(modelRequest())).rejects.toMatchObject({
    code: "model-unavailable",
    retryAfterMs: 90_000,
    retriesSpent: true,
    message: "Model `m` answered 503: overloaded: it asks to wait until 1970-01-01T00:18:10.000Z.",
  });
  expect({ waits: clock.waits, calls: calls() }).toEqual({ waits: [], calls: 1 });
});

test("ends a wait when the caller aborts, with the caller's own reason", async () => {
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  const model = withRetries(flaky([failing({ retryAfterMs: 50_000 })]));
  setTimeout(() => controller.abort(reason), 20);
  await expect(model.generate(modelRequest(), { signal: controller.signal })).rejects.toBe(reason);
});

test("says that the text starts anew only when some had come", async () => {
  const { model } = retried([failing()]);
  let restarts = 0;
  await model.generate(modelRequest(), { onToken: () => undefined, onRestart: () => restarts++ });
  expect(restarts).toBe(1);
});

test("keeps what the model says about itself", async () => {
  const { model } = retried([]);
  expect({ ref: model.ref, settings: model.settings, probe: await model.probe() }).toEqual({
    ref: "m",
    settings: { temperature: 0 },
    probe: "fine",
  });
});
