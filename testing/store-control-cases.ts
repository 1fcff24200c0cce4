import { uuid6 } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";

import { parseRunId, parseThreadId } from "../core/ids.ts";
import type { Fence, Run } from "../runs/run.ts";
import type { LeaseConnection, Store } from "../runs/store.ts";
import {
  claimed,
  claimedRun,
  claimOf,
  newRun,
  openStores,
  SETTLEMENTS,
  takenOver,
  type MakeStorePlace,
} from "./opened-store.ts";

/** What else decides who may hold a run: its crashes, a wish to cancel it, its turn on the thread, its deadline. */
export function storeControlCases(make: MakeStorePlace): void {
  test("each owner that vanishes in the same step counts as one crash more", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    expect(await crashTimes(store, id, 3)).toEqual([0, 1, 2]);
    const { fence } = await claimed(store, id);
    await commitStep(store, fence);
    expect(await store.runs.get(id)).toMatchObject({ crashes: 3, epoch: 4 });
  });

  test("an owner that takes its own run again has not vanished", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    await claimed(store, id, { leaseMs: 0 });
    expect((await claimed(store, id)).run).toMatchObject({ epoch: 2, crashes: 0 });
  });

  test("a committed step starts the count of crashes anew", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    for (let step = 0; step < 3; step += 1) {
      expect(await crashTimes(store, id, 3)).toEqual(step === 0 ? [0, 1, 2] : [1, 2, 3]);
      const { fence } = await claimed(store, id, { leaseMs: 0 });
      await commitStep(store, fence, step);
    }
    expect((await claimed(store, id, { owner: "elsewhere/2/1/b" })).run.crashes).toBe(1);
  });

  test("a hand-over, a resume and an answer are no crashes", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    for (let round = 0; round < 50; round += 1) {
      const { run, fence } = await claimed(store, id);
      expect(run.crashes).toBe(0);
      const settlement = [SETTLEMENTS.queued, SETTLEMENTS.failed, SETTLEMENTS.parked, SETTLEMENTS.interrupted][
        round % 4
      ];
      await store.runs.settle(fence, settlement ?? SETTLEMENTS.queued);
    }
    expect(await store.runs.get(id)).toMatchObject({ epoch: 50, crashes: 0 });
  });

  test("crashes stay counted over a clean claim in the same step, and a forced dead run starts anew", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    await crashTimes(store, id, 2);
    const { run, fence } = await claimed(store, id);
    expect(run.crashes).toBe(2);
    await store.runs.settle(fence, SETTLEMENTS.parked);
    const resumed = await claimed(store, id);
    expect(resumed.run.crashes).toBe(2);
    await store.runs.settle(resumed.fence, SETTLEMENTS.dead);
    expect((await claimed(store, id, { from: ["dead"] })).run.crashes).toBe(0);
  });

  test("a claim that names an epoch takes the run only in that epoch", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { fence } = await claimedRun(store);
    const settled = await store.runs.settle(fence, SETTLEMENTS.interrupted);
    expect(await store.runs.claim(claimOf(fence.run, { epoch: 0 }))).toEqual({ claimed: false, run: settled });
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const request = claimOf(fence.run, { epoch: settled.epoch, owner: `elsewhere/${index}/1/a` });
        return await (index % 2 === 0 ? store : other).runs.claim(request);
      }),
    );
    expect(outcomes.filter((outcome) => outcome.claimed)).toHaveLength(1);
  });

  test("a wish to cancel is told to the owner at its next renewal, and to whoever holds the run next", async () => {
    const [store, other] = await openStores(make, 2);
    const { stale, current } = await takenOver(store);
    expect(await other?.runs.requestCancel(current.run)).toMatchObject({ status: "running", cancelRequested: true });
    expect(await store.runs.renew(current, 0)).toEqual({ held: true, cancelRequested: true });
    expect(await store.runs.renew(stale, 0)).toEqual({ held: false });
    expect((await claimed(store, current.run)).run).toMatchObject({ epoch: 3, cancelRequested: true });
  });

  test.each([SETTLEMENTS.completed, SETTLEMENTS.cancelled])("a $status run is past cancelling", async (settlement) => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    const settled = await store.runs.settle(fence, settlement);
    expect(await store.runs.requestCancel(fence.run)).toEqual(settled);
  });

  test("a run that does not exist cannot be cancelled", async () => {
    const [store] = await openStores(make);
    await expect(store.runs.requestCancel(parseRunId("nobody"))).rejects.toMatchObject({ code: "unknown-run" });
  });

  test("runs that may wait for their thread take their turns in the order of acceptance", async () => {
    const [store, other = store] = await openStores(make, 2);
    const thread = parseThreadId("t1");
    const first = await store.runs.create(newRun({ thread, mayWait: true }), []);
    const second = await other.runs.create(newRun({ thread, mayWait: true }), []);
    const third = await store.runs.create(newRun({ thread, mayWait: true }), []);
    expect([first, second, third].map(({ waits }) => waits)).toEqual([false, true, true]);
    await refusedFor(store, second, first);
    const holder = await claimed(store, first.id);
    await refusedFor(store, second, first);
    await store.runs.settle(holder.fence, SETTLEMENTS.completed);
    await refusedFor(store, third, second);
    const next = await claimed(other, second.id);
    expect(next.run).toMatchObject({ status: "running", waits: false });
    await refusedFor(store, third, second);
    await store.runs.settle(next.fence, SETTLEMENTS.cancelled);
    expect((await claimed(store, third.id)).run).toMatchObject({ status: "running", waits: false });
  });

  test("a run that waits is cancelled at once, and the next one moves up", async () => {
    const [store] = await openStores(make);
    const thread = parseThreadId("t1");
    const { fence } = await claimedRun(store, { thread });
    const second = await store.runs.create(newRun({ thread, mayWait: true }), []);
    const third = await store.runs.create(newRun({ thread, mayWait: true }), []);
    const cancelled = await store.runs.requestCancel(second.id);
    expect(cancelled).toMatchObject({ status: "cancelled", waits: false, reason: expect.any(String) });
    expect(await store.runs.get(second.id)).toEqual(cancelled);
    await store.runs.settle(fence, SETTLEMENTS.completed);
    expect((await claimed(store, third.id)).run.status).toBe("running");
  });

  test("a claim says where the thread's head is", async () => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    const head = await commitStep(store, fence);
    await store.runs.settle(fence, SETTLEMENTS.failed);
    expect(await store.runs.claim(claimOf(fence.run))).toMatchObject({ claimed: true, head });
  });

  test("a run that may not wait is refused as long as another one waits", async () => {
    const [store] = await openStores(make);
    const thread = parseThreadId("t1");
    const first = await claimedRun(store, { thread });
    const waiting = await store.runs.create(newRun({ thread, mayWait: true }), []);
    await store.runs.settle(first.fence, SETTLEMENTS.completed);
    await expect(store.runs.create(newRun({ thread }), [])).rejects.toMatchObject({
      code: "thread-held",
      message: expect.stringContaining(`\`${waiting.id}\``),
    });
  });

  test("of many runs that want one thread at once exactly one gets it", async () => {
    const [store, other = store] = await openStores(make, 2);
    for (let round = 0; round < 10; round += 1) {
      const thread = parseThreadId(`t${round}`);
      const outcomes = await Promise.allSettled(
        Array.from(
          { length: 8 },
          async (_, index) => await (index % 2 === 0 ? store : other).runs.create(newRun({ thread }), []),
        ),
      );
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    }
  });

  test("a deadline is set at the first claim, kept by a hand-over and a take-over, and set anew by a resume", async () => {
    const [store] = await openStores(make);
    const { id, deadlineAt } = await store.runs.create(newRun(), []);
    expect(deadlineAt).toBeUndefined();
    const first = await claimed(store, id, { timeoutMs: 5_000 });
    expect(first.run.deadlineAt).toBe(first.run.updatedAt + 5_000);
    await store.runs.settle(first.fence, SETTLEMENTS.queued);
    const second = await claimed(store, id, { timeoutMs: 90_000, leaseMs: 0 });
    expect(second.run.deadlineAt).toBe(first.run.deadlineAt);
    const third = await claimed(store, id, { timeoutMs: 90_000, owner: "elsewhere/2/1/b" });
    expect(third.run.deadlineAt).toBe(first.run.deadlineAt);
    await store.runs.settle(third.fence, SETTLEMENTS.failed);
    const fourth = await claimed(store, id, { timeoutMs: 90_000 });
    expect(fourth.run.deadlineAt).toBe(fourth.run.updatedAt + 90_000);
  });

  test("another thread can renew a lease by the access that the store gives", async () => {
    const [store] = await openStores(make);
    if (store.leases === undefined) return;
    const { fence } = await claimedRun(store);
    // The module's contract; it is named by a value.
    const { openLeases } = (await import(store.leases.module)) as {
      openLeases(data: unknown): Promise<LeaseConnection>;
    };
    const leases = await openLeases(store.leases.data);
    expect(await leases.renew(fence, 90_000)).toEqual({ held: true, cancelRequested: false });
    expect(await leases.renew({ ...fence, epoch: 9 }, 90_000)).toEqual({ held: false });
    await leases.close();
    const run = await store.runs.get(fence.run);
    expect(run?.status === "running" && run.leaseUntil - run.updatedAt).toBeGreaterThanOrEqual(90_000);
  });
}

/** Owners that vanish without a word; what each found as the number of crashes before it. */
async function crashTimes(store: Store, id: Run["id"], times: number): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let round = 0; round < times; round += 1) {
    seen.push((await claimed(store, id, { leaseMs: 0, owner: `elsewhere/9${round}/1/a` })).run.crashes);
  }
  return seen;
}

/** Stores a checkpoint as LangGraph does at the end of a step. */
async function commitStep(store: Store, fence: Fence, step = 0): Promise<string> {
  const saver = await store.saver(fence);
  const checkpoint = {
    v: 4,
    id: uuid6(step),
    ts: new Date().toISOString(),
    channel_values: {},
    channel_versions: {},
    versions_seen: {},
  };
  const config = { configurable: { thread_id: fence.run, checkpoint_ns: "" } };
  await saver.put(config, checkpoint, { source: "loop", step, parents: {} }, {});
  return checkpoint.id;
}

async function refusedFor(store: Store, run: Run, holder: Run): Promise<void> {
  await expect(store.runs.claim(claimOf(run.id))).rejects.toMatchObject({
    code: "thread-held",
    message: expect.stringContaining(`\`${holder.id}\``),
  });
}
