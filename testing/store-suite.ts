import { describe, expect, test } from "vitest";

import { parseRunId, parseTenantId, parseThreadId } from "../core/ids.ts";
import { HOLDING_STATUSES, type Run } from "../runs/run.ts";
import {
  claimedRun,
  claimOf,
  ELSEWHERE,
  newRun,
  openStores,
  SETTLEMENTS,
  type MakeStorePlace,
} from "./opened-store.ts";
import { storeBudgetCases } from "./store-budget-cases.ts";
import { storeClaimCases } from "./store-claim-cases.ts";
import { storeControlCases } from "./store-control-cases.ts";
import { storeFenceCases } from "./store-fence-cases.ts";
import { storeJournalCases } from "./store-journal-cases.ts";
import { storeProvenanceCases } from "./store-provenance-cases.ts";
import { storePruneCases } from "./store-prune-cases.ts";

/** The conformance suite of a `Store`: registers its tests with vitest. */
export function storeSuite(name: string, make: MakeStorePlace): void {
  describe(`${name}: runs`, () => runCases(make));
  describe(`${name}: claims`, () => storeClaimCases(make));
  describe(`${name}: crashes, cancels and turns`, () => storeControlCases(make));
  describe(`${name}: events, effects and blobs`, () => storeJournalCases(make));
  describe(`${name}: budgets`, () => storeBudgetCases(make));
  describe(`${name}: fences`, () => storeFenceCases(make));
  describe(`${name}: provenance`, () => storeProvenanceCases(make));
  describe(`${name}: pruning`, () => storePruneCases(make));
}

function runCases(make: MakeStorePlace): void {
  test("a created run is queued and reads back from another store as it was given", async () => {
    const [store, other] = await openStores(make, 2);
    const wanted = newRun({ input: { topic: "Eulen ä\u0000🦉", nested: { list: [1, 2.5, null, true] } } });
    const created = await store.runs.create(wanted, []);
    expect(created).toEqual({
      ...wanted,
      status: "queued",
      epoch: 0,
      crashes: 0,
      cancelRequested: false,
      waits: false,
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
    });
    expect(await other?.runs.get(wanted.id)).toEqual(created);
  });

  test("an unknown run is undefined", async () => {
    const [store] = await openStores(make);
    expect(await store.runs.get(parseRunId("nobody"))).toBeUndefined();
  });

  test("the texts of a run's prompts are stored with it", async () => {
    const [store] = await openStores(make);
    await store.runs.create(newRun(), [{ id: "b1", text: "Say {{topic}}." }]);
    await store.runs.create(newRun(), [{ id: "b1", text: "Say {{topic}}." }]);
    expect(await store.blobs.get("b1")).toBe("Say {{topic}}.");
    expect(await store.blobs.get("b2")).toBeUndefined();
  });

  test("a held run gets other pins together with their texts, and keeps everything else", async () => {
    const [store, other] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const pins = { ...run.pins, fingerprint: "beef" };
    const repinned = await store.runs.repin(fence, pins, [{ id: "beef", text: "{}" }]);
    expect(repinned).toEqual({ ...run, pins, updatedAt: expect.any(Number) });
    expect(await other?.runs.get(run.id)).toEqual(repinned);
    expect(await other?.blobs.get("beef")).toBe("{}");
  });

  test("the same request under the same id is the same run, whatever became of it", async () => {
    const [store] = await openStores(make);
    const wanted = newRun({ input: { a: 1, b: 2 } });
    await store.runs.create(wanted, []);
    await store.runs.claim(claimOf(wanted.id));
    const again = await store.runs.create({ ...wanted, input: { b: 2, a: 1 } }, []);
    expect(again).toMatchObject({ id: wanted.id, status: "running", epoch: 1 });
  });

  test.each([
    ["input", { input: { topic: "hawks" } }],
    ["workflow", { workflow: "other" }],
    ["thread", { thread: parseThreadId("other") }],
    ["tenant", { tenant: parseTenantId("other") }],
  ])("the same id with another %s is refused and changes nothing", async (_, change) => {
    const [store] = await openStores(make);
    const wanted = newRun();
    const created = await store.runs.create(wanted, []);
    await expect(store.runs.create({ ...wanted, ...change }, [{ id: "b1", text: "t" }])).rejects.toMatchObject({
      code: "run-id-taken",
    });
    expect(await store.runs.list({})).toEqual([created]);
    expect(await store.blobs.get("b1")).toBeUndefined();
  });

  test.each(Object.values(SETTLEMENTS))(
    "a run settled as $status reads back with all that belongs to it",
    async (settlement) => {
      const [store, other] = await openStores(make, 2);
      const { fence } = await claimedRun(store);
      const settled = await store.runs.settle(fence, settlement);
      expect(settled).toMatchObject(settlement);
      expect(settled).not.toHaveProperty("owner");
      expect(await other?.runs.get(fence.run)).toEqual(settled);
    },
  );

  const holding: readonly string[] = HOLDING_STATUSES;
  test.each(Object.values(SETTLEMENTS).filter(({ status }) => holding.includes(status)))(
    "a $status run holds its thread",
    async (settlement) => {
      const [store, other] = await openStores(make, 2);
      const thread = parseThreadId("t1");
      const { run, fence } = await claimedRun(store, { thread });
      await expect(other?.runs.create(newRun({ thread }), [{ id: "b1", text: "t" }])).rejects.toMatchObject(
        heldBy(run),
      );
      await store.runs.settle(fence, settlement);
      await expect(other?.runs.create(newRun({ thread }), [{ id: "b1", text: "t" }])).rejects.toMatchObject(
        heldBy(run),
      );
      expect(await store.blobs.get("b1")).toBeUndefined();
    },
  );

  test.each(Object.values(SETTLEMENTS).filter(({ status }) => !holding.includes(status)))(
    "a $status run lets go of its thread",
    async (settlement) => {
      const [store] = await openStores(make);
      const thread = parseThreadId("t1");
      const { fence } = await claimedRun(store, { thread });
      await store.runs.settle(fence, settlement);
      expect(await store.runs.create(newRun({ thread }), [])).toMatchObject({ status: "queued", thread });
    },
  );

  test("a thread of another tenant is another thread", async () => {
    const [store] = await openStores(make);
    const thread = parseThreadId("t1");
    await store.runs.create(newRun({ thread }), []);
    expect(await store.runs.create(newRun({ thread, tenant: parseTenantId("acme") }), [])).toMatchObject({
      tenant: "acme",
    });
  });

  test("runs are listed newest first, filtered by each of their marks", async () => {
    const [store] = await openStores(make);
    const first = await store.runs.create(newRun({ workflow: "a", thread: parseThreadId("t1") }), []);
    const second = await store.runs.create(newRun({ workflow: "b", tenant: parseTenantId("acme") }), []);
    const third = await claimedRun(store, { workflow: "b" });
    expect(ids(await store.runs.list({}))).toEqual([third.run.id, second.id, first.id]);
    expect(ids(await store.runs.list({ workflow: "b" }))).toEqual([third.run.id, second.id]);
    expect(ids(await store.runs.list({ workflow: "b", status: "queued" }))).toEqual([second.id]);
    expect(ids(await store.runs.list({ tenant: parseTenantId("acme") }))).toEqual([second.id]);
    expect(ids(await store.runs.list({ thread: parseThreadId("t1") }))).toEqual([first.id]);
    expect(ids(await store.runs.list({ limit: 1 }))).toEqual([third.run.id]);
  });

  test("the probe writes, reads and leaves nothing behind", async () => {
    const [store] = await openStores(make);
    await store.probe();
    await store.probe();
    expect(await store.runs.list({})).toEqual([]);
  });

  test("a closed store refuses to work", async () => {
    const [store] = await openStores(make);
    const { fence } = await claimedRun(store);
    await store.close();
    await expect(store.runs.get(fence.run)).rejects.toMatchObject({ code: "bad-usage" });
    await expect(store.runs.renew(fence, 1)).rejects.toMatchObject({ code: "bad-usage" });
  });

  test("writes under way are stored before the store closes", async () => {
    const [store, other] = await openStores(make, 2);
    const { fence } = await claimedRun(store, {});
    const writing = Array.from(
      { length: 200 },
      async (_, index) => await store.effects.record(fence, effect(`k${index}`)),
    );
    const closing = store.close();
    await Promise.all([...writing, closing]);
    expect(await other?.effects.list(fence.run)).toHaveLength(200);
    expect(await other?.runs.get(fence.run)).toMatchObject({ owner: ELSEWHERE });
  });
}

function effect(key: string) {
  return { key, kind: "call", name: "n", status: "done", value: null } as const;
}

function heldBy(run: Run) {
  return { code: "thread-held", message: expect.stringContaining(`\`${run.id}\``) };
}

function ids(runs: readonly Run[]): string[] {
  return runs.map(({ id }) => id);
}
