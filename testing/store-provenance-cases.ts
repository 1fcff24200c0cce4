import { expect, test } from "vitest";

import { digest } from "../core/json.ts";
import type { ProvenanceSource, Store, TaskFacts } from "../runs/store.ts";
import { at, put } from "./checkpoint-samples.ts";
import { claimedRun, openStores, SETTLEMENTS, takenOver, type MakeStorePlace } from "./opened-store.ts";

const FACTS: TaskFacts = {
  run: "r",
  step: undefined,
  node: undefined,
  attempt: 2,
  kind: "agent",
  reads: ["title", "never"],
  prompts: [{ ref: "brief/write@b10b", closure: "c105" }],
  models: [{ ref: "offline", settings: "5e77" }],
  usage: { inputTokens: 3, outputTokens: 1, cachedInputTokens: 2 },
  costUsd: undefined,
  calls: [{ name: "count", outcome: "done", arguments: "a", result: "b", key: "k" }],
  recalls: [{ layers: ["session"], recalled: [{ layer: "session", id: "m1", score: 1 }] }],
};
const source: ProvenanceSource = { factsOf: ({ node }) => ({ ...FACTS, node }) };

const PINNED = { name: "brief/write", ref: "brief/write@b10b", closure: "c105", dirty: false, files: [] };
const MODELS = [{ ref: "offline", settings: digest({}).slice(0, 16) }];

const WRITER = "~__pregel_pull, writer";

/** What values were made from is stored with them, by whoever holds the run, and outlives the values. */
export function storeProvenanceCases(make: MakeStorePlace): void {
  test("what a task made its writes from is read back with the versions it read, from another store", async () => {
    const [store, other] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence, source);
    const config = await put(saver, run.id, { values: { title: "Owls" }, metadata: { step: 6 } });
    await saver.putWrites(
      config,
      [
        ["draft", "An owl"],
        ["facts", ["one"]],
        ["branch:to:end", null],
      ],
      "task-1",
      WRITER,
    );
    const [row, ...more] = (await other?.provenance.ofThread(run.id)) ?? [];
    expect(more).toEqual([]);
    const { reads, node: _node, step: _step, ...facts } = FACTS;
    expect(row).toMatchObject({
      namespace: "",
      checkpoint: config.configurable?.["checkpoint_id"],
      task: "task-1",
      path: WRITER,
      provenance: { ...facts, step: 7, node: "writer", writes: ["draft", "facts"], packetsSent: 0 },
    });
    const version = (await saver.getTuple(config))?.checkpoint.channel_versions["title"];
    expect(row?.provenance.reads).toEqual({ title: version, never: null });
    expect(reads).toHaveLength(2);
  });

  test("the values that tasks wrote to a field are read back, also those that a checkpoint keeps for them", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence, source);
    const first = await put(saver, run.id, { values: { draft: "", facts: ["zero"] } });
    const id = String(first.configurable?.["checkpoint_id"]);
    const writing = saver.putWrites(
      first,
      [
        ["draft", "long ".repeat(200)],
        ["facts", ["one"]],
      ],
      "task-1",
      WRITER,
    );
    await put(saver, run.id, { values: { draft: "long ".repeat(200), facts: ["zero", "one"] }, parent: id });
    await writing;
    const place = { threadKey: run.id, namespace: "" };
    expect(await store.provenance.written({ ...place, channel: "draft" })).toEqual([
      { checkpoint: id, task: "task-1", value: "long ".repeat(200) },
    ]);
    expect(await store.provenance.written({ ...place, channel: "facts" }, [id])).toEqual([
      { checkpoint: id, task: "task-1", value: ["one"] },
    ]);
    expect(await store.provenance.written({ ...place, channel: "facts" }, ["other"])).toEqual([]);
    const state = await store.provenance.state(run.id);
    expect([...(state?.values ?? [])]).toEqual(
      expect.arrayContaining([
        ["facts", ["zero", "one"]],
        ["draft", "long ".repeat(200)],
      ]),
    );
    expect((await store.provenance.state(run.id, id))?.values.get("facts")).toEqual(["zero"]);
  });

  test("an owner of before cannot say what anything was made from", async () => {
    const [store] = await openStores(make);
    const { stale, current } = await takenOver(store);
    const config = await put(await store.saver(current, source), stale.run, { values: { title: "ours" } });
    const late = await store.saver(stale, source);
    await expect(late.putWrites(config, [["title", "stolen"]], "task-2", WRITER)).rejects.toMatchObject({
      code: "fenced",
    });
    expect(await store.provenance.ofThread(stale.run)).toEqual([]);
  });

  test("errors, questions and answers of a task are no values", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence, source);
    const config = await put(saver, run.id, { values: { title: "x" } });
    await saver.putWrites(config, [["__error__", "boom"]], "task-1", WRITER);
    await saver.putWrites(config, [["__interrupt__", [{ value: "?" }]]], "task-2", WRITER);
    await saver.putWrites(config, [["branch:to:next", null]], "task-3", WRITER);
    expect(await store.provenance.ofThread(run.id)).toEqual([]);
  });

  test.each([
    { how: "before the next checkpoint", waits: true },
    { how: "with it", waits: false },
  ])(
    "pruning takes values stored $how and leaves what they were made from, until the thread goes",
    async ({ waits }) => {
      const [store] = await openStores(make);
      const run = await writtenRun(store, waits);
      const before = await store.provenance.ofThread(run);
      expect(before.map(({ task }) => task)).toEqual(["task-0", "other-0", "task-1", "other-1"]);
      const { prompts, usage, calls, recalls } = FACTS;
      const known = { run, node: "writer", kind: "agent", prompts, models: MODELS, usage, calls, recalls };
      expect(before.map(({ provenance }) => provenance)).toEqual(
        [1, 1, 2, 2].map((step, index): unknown =>
          expect.objectContaining({
            ...known,
            step,
            writes: [index % 2 === 0 ? "title" : "note"],
            reads: expect.anything(),
          }),
        ),
      );
      expect(await store.provenance.written({ threadKey: run, namespace: "", channel: "title" })).toHaveLength(2);
      const request = { before: Number.MAX_SAFE_INTEGER, statuses: ["completed"], dryRun: false } as const;
      await store.prune({ ...request, keepLatest: 1 });
      expect(await store.provenance.ofThread(run)).toEqual(before);
      expect(await store.provenance.written({ threadKey: run, namespace: "", channel: "title" })).toEqual([]);
      await store.prune({ ...request, keepLatest: 0 });
      expect(await store.provenance.ofThread(run)).toEqual([]);
    },
  );
}

async function writtenRun(store: Store, waits: boolean): Promise<string> {
  const { run, fence } = await claimedRun(store);
  const pins = { ...run.pins, prompts: [PINNED] };
  await store.runs.repin(fence, pins, []);
  const saver = await store.saver(fence, {
    pins,
    factsOf: ({ node }) => ({ ...FACTS, node, run: run.id, models: MODELS }),
  });
  let parent: string | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  for (const step of [0, 1, 2]) {
    const sample = { values: { title: `v${step}` }, metadata: { step }, ...(parent === undefined ? {} : { parent }) };
    const config = await put(saver, run.id, sample);
    await writing;
    if (step < 2) {
      writing = Promise.all([
        saver.putWrites(config, [["title", `v${step + 1}`]], `task-${step}`, WRITER),
        saver.putWrites(config, [["note", "seen"]], `other-${step}`, WRITER),
      ]);
    }
    if (waits) await writing;
    parent = String(config.configurable?.["checkpoint_id"]);
  }
  expect((await saver.getTuple(at(run.id)))?.metadata?.step).toBe(2);
  await store.runs.settle(fence, SETTLEMENTS.completed);
  return run.id;
}
