import { expect, test, vi } from "vitest";

import { parseRunId, parseThreadId } from "../core/ids.ts";
import { newOwner } from "../runs/owner.ts";
import {
  claimed,
  claimedRun,
  claimOf,
  ELSEWHERE,
  newRun,
  openStores,
  SETTLEMENTS,
  type MakeStorePlace,
} from "./opened-store.ts";

/** Who may take a run, and until when it is theirs. */
export function storeClaimCases(make: MakeStorePlace): void {
  test("a claim raises the epoch, names the owner and sets the lease", async () => {
    const [store] = await openStores(make);
    const created = await store.runs.create(newRun(), []);
    const outcome = await store.runs.claim(claimOf(created.id, { leaseMs: 5_000 }));
    expect(outcome).toMatchObject({
      claimed: true,
      takeover: false,
      head: undefined,
      fence: { run: created.id, epoch: 1, owner: ELSEWHERE },
    });
    expect(outcome.run).toMatchObject({ status: "running", epoch: 1, owner: ELSEWHERE });
    if (outcome.run.status !== "running") throw new Error("Not running.");
    expect(outcome.run.leaseUntil - outcome.run.updatedAt).toBe(5_000);
    expect(await store.runs.get(created.id)).toEqual(outcome.run);
  });

  test("a run that does not exist cannot be claimed", async () => {
    const [store] = await openStores(make);
    await expect(store.runs.claim(claimOf(parseRunId("nobody")))).rejects.toMatchObject({ code: "unknown-run" });
  });

  test.each(Object.values(SETTLEMENTS))(
    "a $status run is claimed only by who asks for that status",
    async (settlement) => {
      const [store] = await openStores(make);
      const { fence } = await claimedRun(store);
      const settled = await store.runs.settle(fence, settlement);
      const others = Object.values(SETTLEMENTS)
        .map(({ status }) => status)
        .filter((status) => status !== settlement.status);
      expect(await store.runs.claim(claimOf(fence.run, { from: others }))).toEqual({ claimed: false, run: settled });
      expect(await store.runs.claim(claimOf(fence.run, { from: [settlement.status] }))).toMatchObject({
        claimed: true,
        takeover: false,
        fence: { epoch: 2 },
      });
    },
  );

  test("of many claims at once from two stores exactly one wins", async () => {
    const [store, other = store] = await openStores(make, 2);
    for (let round = 0; round < 20; round += 1) {
      const { id } = await store.runs.create(newRun(), []);
      const claims = Array.from({ length: 8 }, async (_, index) => {
        return await (index % 2 === 0 ? store : other).runs.claim(claimOf(id, { owner: `elsewhere/${index}/1/a` }));
      });
      const outcomes = await Promise.all(claims);
      expect(outcomes.filter((outcome) => outcome.claimed)).toHaveLength(1);
      expect(await store.runs.get(id)).toMatchObject({ epoch: 1 });
    }
  });

  test("a running run cannot be claimed while its lease lasts", async () => {
    const [store] = await openStores(make);
    const { run } = await claimedRun(store);
    expect(await store.runs.claim(claimOf(run.id))).toEqual({ claimed: false, run });
  });

  test("a running run is taken over once its lease is over, and only by who asks for running runs", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    await claimed(store, id, { leaseMs: 0 });
    expect(await store.runs.claim(claimOf(id, { from: ["queued", "failed"] }))).toMatchObject({ claimed: false });
    const taken = await vi.waitFor(async () => await claimed(store, id, { owner: "elsewhere/2/1/b" }));
    expect(taken).toMatchObject({ takeover: true, fence: { epoch: 2, owner: "elsewhere/2/1/b" } });
  });

  test("a renewed lease lasts longer", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    const { fence } = await claimed(store, id, { leaseMs: 0 });
    expect(await store.runs.renew(fence, 60_000)).toEqual({ held: true, cancelRequested: false });
    expect(await store.runs.claim(claimOf(id))).toMatchObject({ claimed: false });
  });

  test("a live process of this machine keeps its run while its lease lasts", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    await claimed(store, id, { owner: newOwner() });
    expect(await store.runs.claim(claimOf(id, { owner: newOwner() }))).toMatchObject({ claimed: false });
  });

  test("a process of this machine that is gone loses its run at once", async () => {
    const [store] = await openStores(make);
    const { id } = await store.runs.create(newRun(), []);
    // The owner text of this process with the number of one that cannot exist.
    const gone = newOwner().replace(`/${process.pid}/`, `/${2 ** 30}/`);
    await claimed(store, id, { owner: gone });
    expect(await store.runs.claim(claimOf(id))).toMatchObject({ claimed: true, takeover: true, fence: { epoch: 2 } });
  });

  test("a finished run is not claimed when another run has taken its thread since", async () => {
    const [store] = await openStores(make);
    const thread = parseThreadId("t1");
    const { fence } = await claimedRun(store, { thread });
    await store.runs.settle(fence, SETTLEMENTS.cancelled);
    const next = await store.runs.create(newRun({ thread }), []);
    await expect(store.runs.claim(claimOf(fence.run, { from: ["cancelled"] }))).rejects.toMatchObject({
      code: "thread-held",
      message: expect.stringContaining(`\`${next.id}\``),
    });
    expect(await store.runs.get(fence.run)).toMatchObject({ status: "cancelled", epoch: 1 });
  });
}
