import { uuid6, type BaseCheckpointSaver, type Checkpoint, type CheckpointMetadata, type CheckpointTuple } from "@langchain/langgraph-checkpoint";
import { describe, expect, test } from "vitest";

import { parseTenantId, parseThreadId } from "../core/ids.ts";
import { claimedRun, openStores, SETTLEMENTS, takenOver, type MakeStorePlace } from "./opened-store.ts";
import { saverGraphCases } from "./saver-graph-cases.ts";

/** What LangGraph's own suite does not ask of a saver: fences, order, forks and parallel tasks. Registers its tests with vitest. */
export function saverSuite(name: string, make: MakeStorePlace): void {
  describe(`${name}: fences of the saver`, () => fenceCases(make));
  describe(`${name}: order of checkpoints and writes`, () => orderCases(make));
  describe(`${name}: listing`, () => listCases(make));
  describe(`${name}: graphs`, () => saverGraphCases(make));
}

const WRITES: Readonly<Record<string, (saver: BaseCheckpointSaver, thread: string) => Promise<unknown>>> = {
  "a checkpoint": async (saver, thread) => await put(saver, thread, { title: "stolen" }),
  "a task's writes": async (saver, thread) => {
    const head = await saver.getTuple(at(thread));
    if (head === undefined) throw new Error("No checkpoint to write to.");
    await saver.putWrites(head.config, [["title", "stolen"]], "task-2");
  },
  "a thread's end": async (saver, thread) => await saver.deleteThread(thread),
};

function fenceCases(make: MakeStorePlace): void {
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
    await expect(WRITES[write]?.(await store.saver(stranger.fence), victim.run.id)).rejects.toMatchObject({ code: "fenced" });
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
    await put(await store.saver(first.fence), "t1", { title: "first" });
    await expect(put(await store.saver(second.fence), "t1", { title: "second" })).rejects.toMatchObject({ code: "fenced" });
    expect((await contents(await store.reader(), "t1")).map(({ checkpoint }) => checkpoint.channel_values)).toEqual([{ title: "first" }]);
  });
}

function orderCases(make: MakeStorePlace): void {
  test("the latest checkpoint is the one stored last, whatever its id says about time", async () => {
    const [store, other] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const early = uuid6(0);
    const late = uuid6(1);
    await put(saver, run.id, { title: "first" }, { id: late });
    await put(saver, run.id, { title: "second" }, { id: early, parent: late });
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
    const second = await put(saver, run.id, { title: "second" }, { parent: first.id });
    await saver.put(at(run.id), first, LOOP, first.channel_versions);
    expect((await contents(saver, run.id)).map(({ checkpoint }) => checkpoint.id)).toEqual([second.configurable?.["checkpoint_id"], first.id]);
  });

  test("a checkpoint does not overtake the writes asked for before it", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, { title: "root" });
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

  test("a checkpoint is refused when the writes asked for before it were lost, until the task stores them", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, { title: "root" });
    const restore = failOn(saver, "unlucky");
    await expect(saver.putWrites(root, [["title", "unlucky"]], "task-1")).rejects.toThrow("No room");
    await expect(put(saver, run.id, { title: "next" })).rejects.toThrow("No room");
    expect(await contents(saver, run.id)).toHaveLength(1);
    restore();
    await saver.putWrites(root, [["title", "unlucky"]], "task-1");
    await put(saver, run.id, { title: "next" });
    expect(await contents(saver, run.id)).toHaveLength(2);
  });

  test("pending writes come back in the order of the tasks, not of their arrival", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, {});
    await saver.putWrites(root, [["title", "c"]], "task-a", "~__pregel_push, 0000000010");
    await saver.putWrites(root, [["title", "b1"], ["title", "b2"]], "task-c", "~__pregel_push, 0000000009");
    await saver.putWrites(root, [["title", "a"]], "task-z");
    expect((await saver.getTuple(root))?.pendingWrites?.map(([, , value]) => value)).toEqual(["a", "b1", "b2", "c"]);
  });

  test("a result once stored stays; an error is replaced by the next one", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const root = await put(saver, run.id, {});
    await saver.putWrites(root, [["title", "first"], ["__error__", "one"]], "task-1");
    await saver.putWrites(root, [["title", "second"], ["__error__", "two"]], "task-1");
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

  test("a second value for a version that exists is refused", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const first = checkpointOf({ title: "first" });
    await saver.put(at(run.id), first, LOOP, first.channel_versions);
    const second = { ...checkpointOf({ title: "second" }), channel_versions: first.channel_versions };
    await expect(saver.put(at(run.id), second, LOOP, first.channel_versions)).rejects.toMatchObject({ code: "checkpoint-conflict" });
    expect((await contents(saver, run.id)).map(({ checkpoint }) => checkpoint.channel_values)).toEqual([{ title: "first" }]);
  });
}

function listCases(make: MakeStorePlace): void {
  test("a filter tells a number from a text and from a truth value", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    for (const mark of [1, "1", true]) await put(saver, run.id, {}, { metadata: { mark } });
    for (const mark of [1, "1", true]) {
      const found = await Array.fromAsync(saver.list(at(run.id), { filter: { mark } }));
      expect(found.map(({ metadata }) => metadata)).toEqual([expect.objectContaining({ mark })]);
    }
  });

  test.each([`source" or 1=1`, "a'b", "$", ""])("a filter key that is no plain name is refused: %s", async (key) => {
    const [store] = await openStores(make);
    const reader = await store.reader();
    await expect(Array.fromAsync(reader.list({ configurable: {} }, { filter: { [key]: 1 } }))).rejects.toMatchObject({ code: "bad-usage" });
  });

  test("checkpoints of a subgraph are found before a checkpoint of the graph above", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const inner = { configurable: { thread_id: run.id, checkpoint_ns: "node:1" } };
    const old = checkpointOf({ title: "old" });
    await saver.put(inner, old, LOOP, old.channel_versions);
    const outer = await put(saver, run.id, {});
    const young = checkpointOf({ title: "young" });
    await saver.put(inner, young, LOOP, young.channel_versions);
    const before = { configurable: { checkpoint_id: outer.configurable?.["checkpoint_id"] } };
    const found = await Array.fromAsync(saver.list(inner, { before, limit: 1 }));
    expect(found.map(({ checkpoint }) => checkpoint.id)).toEqual([old.id]);
  });
}

const LOOP: CheckpointMetadata = { source: "loop", step: 0, parents: {} };

interface PutParts {
  readonly id?: string;
  readonly parent?: string;
  readonly metadata?: object;
}

function at(thread: string, id?: string) {
  return { configurable: { thread_id: thread, checkpoint_ns: "", ...(id === undefined ? {} : { checkpoint_id: id }) } };
}

function checkpointOf(values: Record<string, unknown>, id = uuid6(0)): Checkpoint {
  const version = 1 + Math.random();
  const versions = Object.fromEntries(Object.keys(values).map((channel) => [channel, version]));
  return { v: 4, id, ts: "2026-01-01T00:00:00.000Z", channel_values: values, channel_versions: versions, versions_seen: {} };
}

async function put(saver: BaseCheckpointSaver, thread: string, values: Record<string, unknown>, parts: PutParts = {}) {
  const checkpoint = checkpointOf(values, parts.id);
  return await saver.put(at(thread, parts.parent), checkpoint, { ...LOOP, ...parts.metadata }, checkpoint.channel_versions);
}

async function putWithWrites(saver: BaseCheckpointSaver, thread: string): Promise<void> {
  await saver.putWrites(await put(saver, thread, { title: "ours" }), [["title", "ours"]], "task-1");
}

async function contents(saver: BaseCheckpointSaver, thread: string): Promise<CheckpointTuple[]> {
  return await Array.fromAsync(saver.list(at(thread)));
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
