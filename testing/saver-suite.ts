import { describe, expect, test } from "vitest";

import { at, checkpointOf, LOOP, put } from "./checkpoint-samples.ts";
import { claimedRun, openStores, type MakeStorePlace } from "./opened-store.ts";
import { saverFenceCases } from "./saver-fence-cases.ts";
import { saverGraphCases } from "./saver-graph-cases.ts";
import { saverOrderCases } from "./saver-order-cases.ts";

/** What LangGraph's own suite does not ask of a saver: fences, order, forks and parallel tasks. Registers its tests with vitest. */
export function saverSuite(name: string, make: MakeStorePlace): void {
  describe(`${name}: fences of the saver`, () => saverFenceCases(make));
  describe(`${name}: order of checkpoints and writes`, () => saverOrderCases(make));
  describe(`${name}: listing`, () => listCases(make));
  describe(`${name}: graphs`, () => saverGraphCases(make));
}

function listCases(make: MakeStorePlace): void {
  test("a filter tells a number from a text and from a truth value", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    for (const mark of [1, "1", true]) await put(saver, run.id, { values: {}, metadata: { mark } });
    for (const mark of [1, "1", true]) {
      const found = await Array.fromAsync(saver.list(at(run.id), { filter: { mark } }));
      expect(found.map(({ metadata }) => metadata)).toEqual([expect.objectContaining({ mark })]);
    }
  });

  test.each([`source" or 1=1`, "a'b", "$", ""])("a filter key that is no plain name is refused: %s", async (key) => {
    const [store] = await openStores(make);
    const reader = await store.reader();
    await expect(Array.fromAsync(reader.list({ configurable: {} }, { filter: { [key]: 1 } }))).rejects.toMatchObject({
      code: "bad-usage",
    });
  });

  test("checkpoints of a subgraph are found before a checkpoint of the graph above", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const inner = { configurable: { thread_id: run.id, checkpoint_ns: "node:1" } };
    const old = checkpointOf({ title: "old" });
    await saver.put(inner, old, LOOP, old.channel_versions);
    const outer = await put(saver, run.id, { values: {} });
    const young = checkpointOf({ title: "young" });
    await saver.put(inner, young, LOOP, young.channel_versions);
    const before = { configurable: { checkpoint_id: outer.configurable?.["checkpoint_id"] } };
    const found = await Array.fromAsync(saver.list(inner, { before, limit: 1 }));
    expect(found.map(({ checkpoint }) => checkpoint.id)).toEqual([old.id]);
  });
}
