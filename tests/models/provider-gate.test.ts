import { expect, test } from "vitest";

import type { Clock } from "../../core/clock.ts";
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
