import { emptyCheckpoint, uuid6, type BaseCheckpointSaver, type Checkpoint } from "@langchain/langgraph-checkpoint";
import { describe, expect, test } from "vitest";

import { parseTenantId } from "../core/ids.ts";
import type { Run, Settlement } from "../runs/run.ts";
import type { NewRun, PruneReport, PruneRequest, Store } from "../runs/store.ts";
import { threadKey } from "../runs/thread-key.ts";
import { claimedRun, newRun, openStores, SETTLEMENTS, type MakeStorePlace } from "./opened-store.ts";

/** Everything settled before now, down to one checkpoint. */
const ALL: PruneRequest = {
  before: Number.MAX_SAFE_INTEGER,
  statuses: ["completed", "cancelled"],
  keepLatest: 1,
  dryRun: false,
};

/** Pruning takes the history of settled runs, and nothing that a run, a fork or a checkpoint that stays is made of. */
export function storePruneCases(make: MakeStorePlace): void {
  test("events, journal and older checkpoints of a settled run go; the run, its last checkpoint and a note stay", async () => {
    const [store] = await openStores(make);
    const run = await livedRun(store, SETTLEMENTS.completed);
    const report = await store.prune(ALL);
    expect(report).toMatchObject({ threads: 1, runs: 0, checkpoints: 2, events: 2, effects: 1, blobs: 0 });
    expect(report.bytes).toBeGreaterThan(0);
    expect(await store.runs.get(run.id)).toEqual(run);
    expect(await store.effects.list(run.id)).toEqual([]);
    expect(await store.events.read(run.id, 0)).toEqual([
      { type: "history_pruned", checkpoints: 2, events: 2, effects: 1, seq: 2, at: expect.any(Number) },
    ]);
    expect(await stored(store, run)).toEqual([{ step: 2, values: { text: "after 2", kept: "from 0" } }]);
  });

  test("a second pruning finds nothing", async () => {
    const [store] = await openStores(make);
    const run = await livedRun(store, SETTLEMENTS.completed);
    await store.prune(ALL);
    const events = await store.events.read(run.id, 0);
    expect(await store.prune(ALL)).toEqual(NOTHING);
    expect(await store.events.read(run.id, 0)).toEqual(events);
  });

  test("a dry run says the same and removes nothing", async () => {
    const [store] = await openStores(make);
    const run = await livedRun(store, SETTLEMENTS.completed);
    const before = [await store.events.read(run.id, 0), await store.effects.list(run.id), await stored(store, run)];
    const rehearsal = await store.prune({ ...ALL, dryRun: true });
    expect([await store.events.read(run.id, 0), await store.effects.list(run.id), await stored(store, run)]).toEqual(
      before,
    );
    const { bytesFreed, ...report } = await store.prune(ALL);
    expect(rehearsal).toEqual({ ...report, bytesFreed: 0 });
    expect(bytesFreed).toBeGreaterThanOrEqual(0);
  });

  test("as many checkpoints stay as were asked for", async () => {
    const [store] = await openStores(make);
    const run = await livedRun(store, SETTLEMENTS.completed);
    expect(await store.prune({ ...ALL, keepLatest: 2 })).toMatchObject({ checkpoints: 1 });
    expect((await stored(store, run)).map(({ step }) => step)).toEqual([2, 1]);
  });

  test("with no checkpoint to keep, the run goes too, and texts that no other run pins", async () => {
    const [store] = await openStores(make);
    const pins = (blob: string): Partial<NewRun> => ({
      pins: {
        ...newRun().pins,
        prompts: [{ name: "p", ref: "p@1", closure: "c", dirty: false, files: [{ path: "p", blob }] }],
        fingerprint: `shape of ${blob}`,
      },
    });
    const gone = await livedRun(store, SETTLEMENTS.completed, pins("old"));
    await livedRun(store, SETTLEMENTS.failed, pins("new"));
    expect(await store.prune({ ...ALL, keepLatest: 0 })).toMatchObject({ runs: 1, checkpoints: 3, blobs: 2 });
    expect(await store.runs.get(gone.id)).toBeUndefined();
    expect(await store.events.read(gone.id, 0)).toEqual([]);
    expect(await stored(store, gone)).toEqual([]);
    expect(await Promise.all(["old", "shape of old", "new", "shape of new"].map((id) => store.blobs.get(id)))).toEqual([
      undefined,
      undefined,
      "text of new",
      "text of shape of new",
    ]);
  });

  describe("nothing goes", () => {
    const { completed: _completed, cancelled: _cancelled, ...others } = SETTLEMENTS;

    test.each(Object.values(others))("of a run that is $status", async (settlement) => {
      await keepsAll(await openStores(make), settlement, { ...ALL, keepLatest: 0 });
    });

    test("of a run that came to rest later than asked for", async () => {
      await keepsAll(await openStores(make), SETTLEMENTS.completed, { ...ALL, before: 1 });
    });

    test("of a run whose status was not asked for", async () => {
      await keepsAll(await openStores(make), SETTLEMENTS.completed, { ...ALL, statuses: ["cancelled", "dead"] });
    });
  });

  test("the checkpoints of a thread stay while a later run holds it", async () => {
    const [store] = await openStores(make);
    const first = await livedRun(store, SETTLEMENTS.completed);
    const { run: second } = await claimedRun(store, { thread: first.thread });
    expect(await store.prune({ ...ALL, keepLatest: 0 })).toMatchObject({ runs: 0, checkpoints: 0, events: 2 });
    expect(await stored(store, second)).toHaveLength(3);
    expect(await store.runs.get(first.id)).toEqual(first);
  });

  test("the checkpoints of a thread stay until a fork of it has one of its own", async () => {
    const [store] = await openStores(make);
    const source = await livedRun(store, SETTLEMENTS.completed);
    const fork = { run: source.id, threadKey: threadKey(source), checkpoint: "c", step: 1, set: {} };
    const { run, fence } = await claimedRun(store, { pins: { ...newRun().pins, fork } });
    expect(await store.prune({ ...ALL, keepLatest: 0 })).toMatchObject({ runs: 0, checkpoints: 0 });
    await putCheckpoints(await store.saver(fence), threadKey(run), 1);
    expect(await store.prune({ ...ALL, keepLatest: 0 })).toMatchObject({ runs: 1, checkpoints: 3 });
    expect(await stored(store, run)).toHaveLength(1);
  });

  test("two tenants on one thread name are two threads", async () => {
    const [store] = await openStores(make);
    const mine = await livedRun(store, SETTLEMENTS.completed);
    const theirs = await livedRun(store, SETTLEMENTS.failed, {
      thread: mine.thread,
      tenant: parseTenantId("other"),
    });
    await store.prune({ ...ALL, keepLatest: 0 });
    expect([await stored(store, mine), (await stored(store, theirs)).length]).toEqual([[], 3]);
  });
}

const NOTHING: PruneReport = {
  threads: 0,
  runs: 0,
  checkpoints: 0,
  events: 0,
  effects: 0,
  blobs: 0,
  bytes: 0,
  bytesFreed: 0,
};

async function keepsAll([store]: readonly [Store, ...Store[]], settlement: Settlement, request: PruneRequest) {
  const run = await livedRun(store, settlement);
  const before = [await store.events.read(run.id, 0), await store.effects.list(run.id), await stored(store, run)];
  expect(await store.prune(request)).toEqual(NOTHING);
  expect([await store.events.read(run.id, 0), await store.effects.list(run.id), await stored(store, run)]).toEqual(
    before,
  );
}

/** A run with three checkpoints, two events and one journaled call, settled. */
async function livedRun(store: Store, settlement: Settlement, parts: Partial<NewRun> = {}): Promise<Run> {
  const wanted = newRun(parts);
  const ids = [...wanted.pins.prompts.flatMap(({ files }) => files.map(({ blob }) => blob)), wanted.pins.fingerprint];
  await store.runs.create(
    wanted,
    ids.map((id) => ({ id, text: `text of ${id}` })),
  );
  const { run, fence } = await claimedRun(store, wanted);
  await putCheckpoints(await store.saver(fence), threadKey(run), 3);
  await store.events.append(fence, [{ type: "step_committed", step: 1 }, { type: "run_completed" }]);
  await store.effects.record(fence, { key: "k", kind: "model", name: "m", status: "done", value: "answer" });
  return await store.runs.settle(fence, settlement);
}

/** Writes `text` anew in each checkpoint and `kept` only in the first. */
async function putCheckpoints(saver: BaseCheckpointSaver, thread: string, count: number): Promise<void> {
  let config: Parameters<typeof saver.put>[0] = { configurable: { thread_id: thread, checkpoint_ns: "" } };
  for (let step = 0; step < count; step += 1) {
    const versions = { text: step + 1, kept: 1 };
    const checkpoint: Checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(step),
      channel_values: { text: `after ${step}`, kept: "from 0" },
      channel_versions: versions,
    };
    config = await saver.put(
      config,
      checkpoint,
      { source: "loop", step, parents: {} },
      step === 0 ? versions : { text: versions.text },
    );
    await saver.putWrites(config, [["text", `of ${step}`]], "00000000-0000-0000-0000-000000000001");
  }
}

async function stored(store: Store, run: Run): Promise<readonly { readonly step: number; readonly values: unknown }[]> {
  const found: { step: number; values: unknown }[] = [];
  const reader = await store.reader();
  for await (const tuple of reader.list({ configurable: { thread_id: threadKey(run) } })) {
    found.push({ step: tuple.metadata?.step ?? -2, values: tuple.checkpoint.channel_values });
  }
  return found;
}
