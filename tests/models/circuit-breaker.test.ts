import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type Breaker, createBreaker } from "../../models/circuit-breaker.ts";
import { ModelError } from "../../models/model-error.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-25T12:00:00Z") }));
afterEach(() => vi.useRealTimers());

function failure(status?: number): ModelError {
  return new ModelError(`Model \`m\` answered ${status ?? "nothing"}.`, {
    model: "m",
    retryable: status === undefined || status >= 500 || status === 429,
    ...(status === undefined ? {} : { status }),
  });
}

/** Asks once; the error's code, or "ok". */
async function asks(breaker: Breaker, outcome: ModelError | Error | "ok"): Promise<{ made: boolean; told: unknown }> {
  let made = false;
  try {
    await breaker.run(async () => {
      made = true;
      if (outcome !== "ok") throw outcome;
    });
    return { made, told: "ok" };
  } catch (error) {
    return { made, told: error };
  }
}

async function fail(breaker: Breaker, times: number, error: ModelError): Promise<number> {
  let made = 0;
  for (let count = 0; count < times; count += 1) if ((await asks(breaker, error)).made) made += 1;
  return made;
}

test("F25: leaves a model alone after five requests that found it down, and says until when and why", async () => {
  const breaker = createBreaker("openai/m");
  expect(await fail(breaker, 9, failure(503))).toBe(5);
  vi.setSystemTime(Date.now() + 10_000);
  expect(await asks(breaker, "ok")).toEqual({
    made: false,
    told: expect.objectContaining({
      code: "model-unavailable",
      retryable: true,
      retriesSpent: true,
      status: 503,
      retryAfterMs: 20_000,
      message:
        "Model `openai/m` is not asked until 2026-11-25T12:00:30.000Z: 5 requests in a row failed, the last one with: Model `m` answered 503.",
    }),
  });
});

test("lets one request through after the pause, and all when that is answered", async () => {
  const breaker = createBreaker("m");
  await fail(breaker, 5, failure());
  vi.setSystemTime(Date.now() + 30_000);
  const probe = Promise.withResolvers<void>();
  const first = breaker.run(async () => await probe.promise);
  let second = "waits";
  const other = breaker.run(async () => void (second = "made"));
  await vi.waitFor(() => undefined);
  expect(second).toBe("waits");
  probe.resolve();
  await Promise.all([first, other]);
  expect(second).toBe("made");
});

test("stays open for another pause when the one request fails as well", async () => {
  const breaker = createBreaker("m", { failures: 2, pauseMs: 1000 });
  await fail(breaker, 2, failure(500));
  vi.setSystemTime(Date.now() + 1000);
  expect(await fail(breaker, 3, failure(500))).toBe(1);
  vi.setSystemTime(Date.now() + 999);
  expect((await asks(breaker, "ok")).made).toBe(false);
  vi.setSystemTime(Date.now() + 1);
  expect((await asks(breaker, "ok")).made).toBe(true);
});

test("stays open when the one request was given up by its caller: that proves nothing", async () => {
  const breaker = createBreaker("m", { failures: 1, pauseMs: 1000 });
  await fail(breaker, 1, failure(500));
  vi.setSystemTime(Date.now() + 1000);
  const gone = new DOMException("The run was cancelled.", "AbortError");
  expect(await asks(breaker, gone)).toEqual({ made: true, told: gone });
  expect((await asks(breaker, "ok")).made).toBe(false);
});

test.each([429, 400, 401, 404, 422])("does not take %s for a model that is down", async (status) => {
  const breaker = createBreaker("m");
  expect(await fail(breaker, 20, failure(status))).toBe(20);
});

test("counts failures in a row only", async () => {
  const breaker = createBreaker("m");
  for (let round = 0; round < 4; round += 1) {
    expect(await fail(breaker, 4, failure(500))).toBe(4);
    expect((await asks(breaker, "ok")).made).toBe(true);
  }
});
