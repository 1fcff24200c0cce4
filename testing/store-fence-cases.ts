import { describe, expect, test } from "vitest";

import { parseRunId } from "../core/ids.ts";
import type { Fence } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import { claimed, claimedRun, openStores, SETTLEMENTS, takenOver, type MakeStorePlace } from "./opened-store.ts";

const WRITES: Readonly<Record<string, (store: Store, fence: Fence) => Promise<unknown>>> = {
  "an event": async (store, fence) => await store.events.append(fence, [{ type: "run_completed" }]),
  "an effect": async (store, fence) =>
    await store.effects.record(fence, { key: "k", kind: "model", name: "m", status: "done", value: 1 }),
  "an intent": async (store, fence) =>
    await store.effects.record(fence, { key: "k", kind: "once", name: "send", status: "intent", value: 1 }),
  "other pins": async (store, fence) =>
    await store.runs.repin(fence, { prompts: [], model: { ref: "other", settings: {} }, fingerprint: "beef" }, []),
  "a settlement": async (store, fence) => await store.runs.settle(fence, SETTLEMENTS.completed),
};

const BROKEN: Readonly<Record<string, (fence: Fence) => Fence>> = {
  "an older epoch": (fence) => ({ ...fence, epoch: fence.epoch - 1 }),
  "a later epoch": (fence) => ({ ...fence, epoch: fence.epoch + 1 }),
  "another owner": (fence) => ({ ...fence, owner: `${fence.owner}x` }),
  "another run": (fence) => ({ ...fence, run: parseRunId("nobody") }),
};

/** A write whose fence does not hold is refused and changes nothing. */
export function storeFenceCases(make: MakeStorePlace): void {
  describe.each(Object.keys(WRITES))("%s", (write) => {
    test("is refused from the owner before, after a take-over", async () => {
      const [store] = await openStores(make);
      const { stale, current } = await takenOver(store);
      await refuses(store, write, stale);
      await WRITES[write]?.(store, current);
    });

    test.each(Object.keys(BROKEN))("is refused with %s", async (change) => {
      const [store] = await openStores(make);
      const { fence } = await claimedRun(store);
      await refuses(store, write, BROKEN[change]?.(fence) ?? fence);
    });

    test.each(Object.values(SETTLEMENTS))("is refused after the run was settled as $status", async (settlement) => {
      const [store] = await openStores(make);
      const { fence } = await claimedRun(store);
      await store.runs.settle(fence, settlement);
      // The same words once more are no other settlement: see below.
      if (write === "a settlement" && settlement.status === "completed") return;
      await refuses(store, write, fence);
    });
  });

  test("a settlement whose answer was lost can be said again, until somebody takes the run", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const settled = await store.runs.settle(fence, SETTLEMENTS.parked);
    expect(await store.runs.settle(fence, SETTLEMENTS.parked)).toEqual(settled);
    await expect(store.runs.settle(fence, SETTLEMENTS.failed)).rejects.toMatchObject({ code: "fenced" });
    await expect(store.runs.settle({ ...fence, epoch: fence.epoch - 1 }, SETTLEMENTS.parked)).rejects.toMatchObject({
      code: "fenced",
    });
    await claimed(store, run.id);
    await expect(store.runs.settle(fence, SETTLEMENTS.parked)).rejects.toMatchObject({ code: "fenced" });
  });

  test.each(Object.keys(BROKEN))("a lease is not extended with %s", async (change) => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    expect(await store.runs.renew(BROKEN[change]?.(fence) ?? fence, 999_000)).toEqual({ held: false });
    expect(await store.runs.get(run.id)).toEqual(run);
  });

  test("a lease is not extended by the owner before, nor after the run was settled", async () => {
    const [store] = await openStores(make);
    const { stale, current } = await takenOver(store);
    expect(await store.runs.renew(stale, 60_000)).toEqual({ held: false });
    await store.runs.settle(current, SETTLEMENTS.failed);
    expect(await store.runs.renew(current, 60_000)).toEqual({ held: false });
  });

  test("a refused write does not take the writes beside it along", async () => {
    const [store] = await openStores(make);
    const { stale, current } = await takenOver(store);
    const outcomes = await Promise.allSettled(
      [current, stale, current, stale].map(
        async (fence, step) => await store.events.append(fence, [{ type: "step_committed", step }]),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(await store.events.read(current.run, 0)).toMatchObject([
      { seq: 1, step: 0 },
      { seq: 2, step: 2 },
    ]);
  });
}

async function refuses(store: Store, write: string, fence: Fence): Promise<void> {
  const before = await contents(store, fence);
  await expect(WRITES[write]?.(store, fence)).rejects.toMatchObject({
    code: "fenced",
    message: expect.stringContaining(`\`${fence.run}\``),
  });
  expect(await contents(store, fence)).toEqual(before);
}

async function contents(store: Store, { run }: Fence): Promise<unknown> {
  return [await store.runs.list({}), await store.events.read(run, 0), await store.effects.list(run)];
}
