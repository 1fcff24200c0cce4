import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";

import { parseTenantId, parseThreadId } from "../core/ids.ts";
import { at, contents, put, putWithWrites } from "./checkpoint-samples.ts";
import { claimedRun, openStores, SETTLEMENTS, takenOver, type MakeStorePlace } from "./opened-store.ts";

const WRITES: Readonly<Record<string, (saver: BaseCheckpointSaver, thread: string) => Promise<unknown>>> = {
  "a checkpoint": async (saver, thread) => await put(saver, thread, { values: { title: "stolen" } }),
  "a task's writes": async (saver, thread) => {
    const head = await saver.getTuple(at(thread));
    if (head === undefined) throw new Error("No checkpoint to write to.");
    await saver.putWrites(head.config, [["title", "stolen"]], "task-2");
  },
  "a thread's end": async (saver, thread) => await saver.deleteThread(thread),
};

/** Who may write checkpoints, and where. */
export function saverFenceCases(make: MakeStorePlace): void {
  test.each(Object.keys(WRITES))("%s of the owner before is refused and changes nothing", async (write) => {
    const [store] = await openStores(make);
    const { stale, current } = await takenOver(store);
    const owner = await store.saver(current);
    await putWithWrites(owner, stale.run);
    const before = await contents(owner, stale.run);
    await expect(WRITES[write]?.(await store.saver(stale), stale.run)).rejects.toMatchObject({ code: "fenced" });
    expect(await contents(owner, stale.run)).toEqual(before);
    await WRITES[write]?.(owner, stale.run);
    expect(await contents(owner, stale.run)).not.toEqual(before);
  });

  test.each(Object.keys(WRITES))("%s is refused once the run was settled", async (write) => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    await putWithWrites(saver, run.id);
    await store.runs.settle(fence, SETTLEMENTS.completed);
    const before = await contents(saver, run.id);
    await expect(WRITES[write]?.(saver, run.id)).rejects.toMatchObject({ code: "fenced" });
    expect(await contents(saver, run.id)).toEqual(before);
  });

  test.each(Object.keys(WRITES))("%s in the thread of another run is refused", async (write) => {
    const [store] = await openStores(make);
    const victim = await claimedRun(store);
    const stranger = await claimedRun(store);
    const own = await store.saver(victim.fence);
    await putWithWrites(own, victim.run.id);
    const before = await contents(own, victim.run.id);
    await expect(WRITES[write]?.(await store.saver(stranger.fence), victim.run.id)).rejects.toMatchObject({
      code: "fenced",
    });
    expect(await contents(own, victim.run.id)).toEqual(before);
  });

  test.each(Object.keys(WRITES))("%s is refused from a reader", async (write) => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    await putWithWrites(await store.saver(fence), run.id);
    const reader = await store.reader();
    const before = await contents(reader, run.id);
    expect(before).toHaveLength(1);
    await expect(WRITES[write]?.(reader, run.id)).rejects.toMatchObject({ code: "bad-usage" });
    expect(await contents(reader, run.id)).toEqual(before);
  });

  test("equal thread ids of two tenants are two threads", async () => {
    const [store] = await openStores(make);
    const thread = parseThreadId("t1");
    const first = await claimedRun(store, { thread });
    const second = await claimedRun(store, { thread, tenant: parseTenantId("acme") });
    await put(await store.saver(first.fence), "t1", { values: { title: "first" } });
    await expect(put(await store.saver(second.fence), "t1", { values: { title: "second" } })).rejects.toMatchObject({
      code: "fenced",
    });
    expect((await contents(await store.reader(), "t1")).map(({ checkpoint }) => checkpoint.channel_values)).toEqual([
      { title: "first" },
    ]);
  });
}
