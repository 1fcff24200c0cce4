import { uuid6, type BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";

import { at, checkpointOf, contents, LOOP, put } from "./checkpoint-samples.ts";
import { claimedRun, openStores, type MakeStorePlace } from "./opened-store.ts";

/** In which order checkpoints and writes are stored and come back, and what may stand beside what. */
export function saverOrderCases(make: MakeStorePlace): void {
  test("what a task had written when it failed is no result: it runs again", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const config = await put(saver, run.id, { values: { title: "x" } });
    await saver.putWrites(
      config,
      [
        ["title", "half"],
        ["__error__", "aborted"],
      ],
      "task-1",
    );
    expect((await saver.getTuple(config))?.pendingWrites).toEqual([["task-1", "__error__", "aborted"]]);
    await saver.putWrites(config, [["title", "whole"]], "task-1");
    expect((await saver.getTuple(config))?.pendingWrites).toContainEqual(["task-1", "title", "whole"]);
  });

  test("the latest checkpoint is the one stored last, whatever its id says about time", async () => {
    const [store, other] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const early = uuid6(0);
    const late = uuid6(1);
    await put(saver, run.id, { values: { title: "first" }, id: late });
    await put(saver, run.id, { values: { title: "second" }, id: early, parent: late });
    const reader = await other?.reader();
    expect((await reader?.getTuple(at(run.id)))?.checkpoint.channel_values).toEqual({ title: "second" });
    expect((await contents(saver, run.id)).map(({ checkpoint }) => checkpoint.id)).toEqual([early, late]);
  });

  test("storing a checkpoint again leaves it in its place", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const first = checkpointOf({ title: "first" });
    await saver.put(at(run.id), first, LOOP, first.channel_versions);
    const second = await put(saver, run.id, { values: { title: "second" }, parent: first.id });
    await saver.put(at(run.id), first, LOOP, first.channel_versions);
    expect((await contents(saver, run.id)).map(({ checkpoint }) => checkpoint.id)).toEqual([
      second.configurable?.["checkpoint_id"],
      first.id,
    ]);
  });

  test("a checkpoint does not overtake the writes asked for before it", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, { values: { title: "root" } });
    const release = holdBack(saver, "slow");
    const writing = saver.putWrites(root, [["title", "slow"]], "task-1");
    const putting = saver.put(root, checkpointOf({ title: "next" }), LOOP, {});
    const reader = await other.reader();
    // Long enough for a checkpoint that does not wait to be on disk.
    await expect(Promise.race([putting, pause(50)])).resolves.toBe("paused");
    expect(await contents(reader, run.id)).toHaveLength(1);
    release();
    await putting;
    expect((await reader.getTuple(root))?.pendingWrites).toEqual([["task-1", "title", "slow"]]);
    await writing;
  });

  test("what tasks wrote comes back after the checkpoint it was written after, also when the next one was stored with it", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    let before = await put(saver, run.id, { values: { title: "root" } });
    const places = [];
    for (const title of ["one", "two", "three"]) {
      // In the checkpoint, in another form there, not there at all, and a mark of LangGraph's.
      const writes: [string, unknown][] = [
        ["title", title],
        ["total", 1],
        ["alone", { of: title }],
        ["__resume__", title],
      ];
      const writing = [
        saver.putWrites(before, writes, `task ${title}`, "path 1"),
        saver.putWrites(before, [["title", "late"]], "other task", "path 2"),
      ];
      const values = { title, total: 7 };
      places.push({ place: before, title });
      before = await put(saver, run.id, { values, parent: String(before.configurable?.["checkpoint_id"]) });
      await Promise.all(writing);
    }
    const reader = await other.reader();
    for (const { place, title } of places) {
      const pending = (await reader.getTuple(place))?.pendingWrites ?? [];
      expect(pending.toSorted(([one], [two]) => one.localeCompare(two))).toEqual([
        ["other task", "title", "late"],
        [`task ${title}`, "__resume__", title],
        [`task ${title}`, "title", title],
        [`task ${title}`, "total", 1],
        [`task ${title}`, "alone", { of: title }],
      ]);
    }
    expect((await reader.getTuple(before))?.pendingWrites).toEqual([]);
  });

  test("a checkpoint is refused when the writes asked for before it were lost, until the task stores them", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, { values: { title: "root" } });
    const restore = failOn(saver, "unlucky");
    await expect(saver.putWrites(root, [["title", "unlucky"]], "task-1")).rejects.toThrow("No room");
    await expect(put(saver, run.id, { values: { title: "next" } })).rejects.toThrow("No room");
    expect(await contents(saver, run.id)).toHaveLength(1);
    restore();
    await saver.putWrites(root, [["title", "unlucky"]], "task-1");
    await put(saver, run.id, { values: { title: "next" } });
    expect(await contents(saver, run.id)).toHaveLength(2);
  });

  test("pending writes come back in the order of the tasks, not of their arrival", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, { values: {} });
    await saver.putWrites(root, [["title", "c"]], "task-a", "~__pregel_push, 0000000010");
    await saver.putWrites(
      root,
      [
        ["title", "b1"],
        ["title", "b2"],
      ],
      "task-c",
      "~__pregel_push, 0000000009",
    );
    await saver.putWrites(root, [["title", "a"]], "task-z");
    expect((await saver.getTuple(root))?.pendingWrites?.map(([, , value]) => value)).toEqual(["a", "b1", "b2", "c"]);
  });

  test("a result once stored stays; an error is replaced by the next one", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, { values: {} });
    await saver.putWrites(root, [["title", "first"]], "task-1");
    await saver.putWrites(root, [["__error__", "one"]], "task-1");
    await saver.putWrites(root, [["title", "second"]], "task-1");
    await saver.putWrites(root, [["__error__", "two"]], "task-1");
    expect((await saver.getTuple(root))?.pendingWrites).toEqual([
      ["task-1", "__error__", "two"],
      ["task-1", "title", "first"],
    ]);
  });

  test("versions rise by whole steps and differ between branches", async () => {
    const [store] = await openStores(make);
    const saver = await store.reader();
    const next = (version: number | undefined): number => saver.getNextVersion(version);
    const versions = Array.from({ length: 20 }, () => next(7));
    expect(new Set(versions).size).toBeGreaterThan(15);
    expect(versions.every((version) => version > 8 && version < 9 && String(version).length <= 8)).toBe(true);
    expect(next(8)).toBeGreaterThan(9);
    expect(next(8.999_999)).toBeLessThan(10);
    expect(Math.floor(next(undefined))).toBe(1);
  });

  test("two values that claim one version are never taken for each other: the second is refused or apart", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const first = checkpointOf({ title: "first" });
    await saver.put(at(run.id), first, LOOP, first.channel_versions);
    const second = { ...checkpointOf({ title: "second" }), channel_versions: first.channel_versions };
    const refusal = await saver.put(at(run.id), second, LOOP, first.channel_versions).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal !== undefined) expect(refusal).toMatchObject({ code: "checkpoint-conflict" });
    expect((await contents(saver, run.id)).map(({ checkpoint }) => checkpoint.channel_values)).toEqual([
      ...(refusal === undefined ? [{ title: "second" }] : []),
      { title: "first" },
    ]);
  });
}

async function pause(ms: number): Promise<string> {
  return await new Promise((resolve) => setTimeout(resolve, ms, "paused"));
}

/** Makes the saver wait before it serialises this value, until released. */
function holdBack(saver: BaseCheckpointSaver, value: unknown): () => void {
  const gate = Promise.withResolvers<void>();
  const dump = saver.serde.dumpsTyped.bind(saver.serde);
  saver.serde.dumpsTyped = async (data) => {
    if (data === value) await gate.promise;
    return await dump(data);
  };
  return gate.resolve;
}

/** Makes the saver fail on this value, until restored. */
function failOn(saver: BaseCheckpointSaver, value: unknown): () => void {
  const dump = saver.serde.dumpsTyped.bind(saver.serde);
  saver.serde.dumpsTyped = async (data) => {
    if (data === value) throw new Error("No room.");
    return await dump(data);
  };
  return () => {
    saver.serde.dumpsTyped = dump;
  };
}
