import { expect, test } from "vitest";

import type { Clock } from "../../core/clock.ts";
import type { ModelRequest } from "../../models/model.ts";
import { inProduction } from "../../models/in-production.ts";
import { createGate, gateOf } from "../../models/provider-gate.ts";

/** A clock on which sleeping takes no time. */
function jumping(): Clock {
  let now = 0;
  return {
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

test("lets no more requests through at once than it was told to", async () => {
  const gate = createGate({ concurrent: 3 });
  let under = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, async () =>
      gate.pass(async () => {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
      }),
    ),
  );
  expect(most).toBe(3);
});

test("begins no more requests within any minute than it was told to", async () => {
  const clock = jumping();
  const gate = createGate({ requestsPerMinute: 10 }, clock);
  const begun: number[] = [];
  await Promise.all(Array.from({ length: 35 }, async () => gate.pass(async () => void begun.push(clock.now()))));
  expect(begun).toHaveLength(35);
  for (const at of begun)
    expect(begun.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(10);
  expect(clock.now()).toBe(180_000);
});

test("tells a caller that goes away at once, makes no request for it, and lets the next one through", async () => {
  const gate = createGate({ concurrent: 1 });
  const busy = Promise.withResolvers<void>();
  const first = gate.pass(async () => await busy.promise);
  const controller = new AbortController();
  let made = 0;
  const second = gate.pass(async () => void made++, controller.signal);
  const reason = new Error("cancelled");
  controller.abort(reason);
  await expect(second).rejects.toBe(reason);
  busy.resolve();
  await first;
  await gate.pass(async () => undefined);
  expect(made).toBe(0);
});

test("all models of a provider share one gate; two that name different limits are refused", () => {
  const limits = { concurrent: 2, requestsPerMinute: 100 };
  expect(gateOf("http://one.example", limits)).toBe(gateOf("http://one.example", { ...limits }));
  expect(gateOf("http://one.example", undefined)).toBe(gateOf("http://one.example", limits));
  expect(gateOf("http://one.example", limits)).not.toBe(gateOf("http://two.example", limits));
  expect(() => gateOf("http://one.example", { concurrent: 3 })).toThrow(
    expect.objectContaining({
      code: "config-invalid",
      message: "Two models of `http://one.example` name different `limits`.",
    }),
  );
});

test("models that named no limits share those that another model of the provider names later", async () => {
  const early = gateOf("http://four.example", undefined);
  expect(gateOf("http://four.example", { concurrent: 1 })).toBe(early);
  let under = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 5 }, async () =>
      early.pass(async () => {
        most = Math.max(most, (under += 1));
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
});

test.each([{ concurrent: 0 }, { concurrent: 1.5 }, { requestsPerMinute: -1 }, { requestsPerMinute: Number.NaN }])(
  "refuses the limits %j",
  (limits) => {
    expect(() => gateOf("http://three.example", limits)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  },
);

test("begins no request that carries a minute above its tokens, and counts what answers really took", async () => {
  const clock = jumping();
  const gate = createGate({ concurrent: 1, tokensPerMinute: 100 }, clock);
  const begun: { readonly at: number; readonly took: number }[] = [];
  for (let at = 0; at < 12; at++) {
    const took = at % 2 === 0 ? 40 : 10;
    await gate.pass(async () => void begun.push({ at: clock.now(), took }), undefined, { guess: 10, of: () => took });
  }
  for (const { at } of begun) {
    const within = begun.filter((other) => other.at > at - 60_000 && other.at <= at);
    // The last one was let in by its guess.
    expect(within.slice(0, -1).reduce((sum, { took }) => sum + took, 0)).toBeLessThanOrEqual(90);
  }
  expect(clock.now()).toBeGreaterThanOrEqual(120_000);
});

test("a request that is larger than a minute's tokens goes alone instead of waiting for ever", async () => {
  const clock = jumping();
  const gate = createGate({ tokensPerMinute: 100 }, clock);
  const begun: number[] = [];
  const size = { guess: 500, of: () => 500 };
  for (let at = 0; at < 3; at++) await gate.pass(async () => void begun.push(clock.now()), undefined, size);
  expect(begun).toEqual([0, 60_000, 120_000]);
});

test("a model's calls wait for the tokens of its provider's minute, with what their answers took", async () => {
  let made = 0;
  const model = inProduction(
    {
      ref: "test/counted",
      settings: {},
      check() {},
      probe: async () => "answers",
      async generate() {
        made += 1;
        return { text: "{}", finish: "stop", usage: { inputTokens: 20, outputTokens: 60 }, model: "counted" };
      },
    },
    { url: "http://tokens.example", model: "counted" },
    { limits: { tokensPerMinute: 100 } },
  );
  // Guessed to be 21 tokens; the next one to be 20.
  const request: ModelRequest = {
    messages: [{ role: "user", content: "x".repeat(84) }],
    output: { name: "answer", schema: {}, strict: false },
    input: {},
    passages: [],
    settings: {},
  };
  await model.generate(request);
  const gone = new AbortController();
  const waiting = model.generate(request, { signal: gone.signal });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  gone.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  expect(made).toBe(1);
  await model.generate({ ...request, messages: [{ role: "user", content: "x".repeat(80) }] });
  expect(made).toBe(2);
});
