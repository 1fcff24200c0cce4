import { DeltaValue, END, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";
import { z } from "zod";

import { claimedRun, openStores, type MakeStorePlace } from "./opened-store.ts";

const words = (before: string[], more: string[][]): string[] => [...before, ...more.flat()];

const Log = new StateSchema({
  text: z.string().default(""),
  plain: new ReducedValue(z.array(z.string()).default([]), { reducer: (before, more) => before.concat(more) }),
  // Two rhythms of snapshots, so that a walk back ends at another checkpoint for each.
  delta: new DeltaValue(z.array(z.string()).default([]), { reducer: words, snapshotFrequency: 3 }),
  rare: new DeltaValue(z.array(z.string()).default([]), { reducer: words, snapshotFrequency: 1_000 }),
});

/** Real graphs: what they held while they ran is what another process reads later. */
export function saverGraphCases(make: MakeStorePlace): void {
  test("a long chain reads back as it ran, at every step", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const thread = inThread(run.id);
    const live = await Array.fromAsync(await chain(await store.saver(fence)).stream(update("in"), thread));
    const states = await history(chain(await other.reader()), thread);
    expect(live).toHaveLength(states.length - 1);
    expect(live.at(-1)).toEqual({
      text: "step 11",
      ...lists(["in", ...Array.from({ length: 11 }, (_, n) => `step ${n + 1}`)]),
    });
    expect(states.toReversed().slice(1)).toEqual(live);
  });

  test("parallel tasks read back in the order in which they were applied, not in that of their end", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const thread = inThread(run.id);
    const live = await fanOut(await store.saver(fence)).invoke({ text: "12" }, thread);
    const expected = ["start", ...Array.from({ length: 12 }, (_, n) => `task ${n}`), "join"];
    expect(live).toMatchObject(lists(expected));
    expect((await fanOut(await other.reader()).getState(thread)).values).toEqual(live);
  });

  test("each branch of a forked thread reads its own values for ever", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const thread = inThread(run.id);
    const graph = chain(await store.saver(fence));
    await graph.invoke(update("in"), thread);
    const trunk = await Array.fromAsync(graph.getStateHistory(thread));
    const middle = trunk.find(({ values }) => values.text === "step 5");
    if (middle === undefined) throw new Error("Step 5 is not in the history.");

    const ends = [];
    for (const branch of ["left", "right"]) {
      const forked = await graph.updateState(middle.config, entry(branch), "step-5");
      const end = await graph.invoke(null, { ...forked, durability: "sync" });
      const head = await graph.getState(thread);
      expect(head.values).toEqual(end);
      expect(end).toMatchObject(lists(["in", "step 1", "step 2", "step 3", "step 4", "step 5", branch, ...after(6)]));
      ends.push({ end, head });
    }

    const later = chain(await other.reader());
    for (const { end, head } of ends) expect((await later.getState(head.config)).values).toEqual(end);
    for (const snapshot of trunk) expect((await later.getState(snapshot.config)).values).toEqual(snapshot.values);
  });

  test("an edit by hand says who made it and why, and steps do not", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const thread = inThread(run.id);
    const graph = chain(await store.saver(fence));
    await graph.invoke(update("in"), thread);
    const by = { by: "ada", reason: "the fifth step was wrong" };

    await graph.updateState({ configurable: { ...thread.configurable, ...by } }, entry("by hand"), "step-5");

    const reader = chain(await other.reader());
    const noted = await Array.fromAsync(reader.getStateHistory(thread), ({ metadata }) => metadata);
    expect(noted.filter((metadata) => metadata !== undefined && "by" in metadata)).toEqual([
      expect.objectContaining({ source: "update", ...by }),
    ]);
  });

  test("a replay from an old checkpoint is stored as it ran", async () => {
    const [store, other = store] = await openStores(make, 2);
    const { run, fence } = await claimedRun(store);
    const thread = inThread(run.id);
    let lap = "first";
    const graph = chain(await store.saver(fence), () => lap);
    await graph.invoke(update("in"), thread);
    const middle = (await Array.fromAsync(graph.getStateHistory(thread))).find(
      ({ values }) => values.plain.length === 6,
    );
    if (middle === undefined) throw new Error("Step 5 is not in the history.");
    lap = "second";
    const live = await graph.invoke(null, { ...middle.config, durability: "sync" });
    expect(live.plain.at(-1)).toBe("step 11 second");
    expect(live).toMatchObject(lists(live.plain));
    expect((await chain(await other.reader()).getState(thread)).values).toEqual(live);
  });

  test("an append-only list of deltas costs each step the same number of bytes", async () => {
    const [store] = await openStores(make);
    const { run, fence } = await claimedRun(store);
    const saver = await store.saver(fence);
    const graph = growing(saver);
    const sizes: number[] = [];
    const dump = saver.serde.dumpsTyped.bind(saver.serde);
    saver.serde.dumpsTyped = async (data) => {
      const dumped = await dump(data);
      sizes.push(dumped[1].length);
      return dumped;
    };
    await graph.invoke({ lines: [] }, { ...inThread(run.id), recursionLimit: 200 });
    expect(Math.max(...sizes)).toBeLessThan(1_000);
    expect((await graph.getState(inThread(run.id))).values.lines).toHaveLength(60);
  });
}

function lists(expected: readonly string[]) {
  return { plain: expected, delta: expected, rare: expected };
}

function after(first: number): string[] {
  return Array.from({ length: 12 - first }, (_, n) => `step ${first + n}`);
}

function inThread(thread: string) {
  return { configurable: { thread_id: thread }, durability: "sync" as const, streamMode: "values" as const };
}

/** Eleven steps, so that deltas cross several snapshots. */
function chain(checkpointer: BaseCheckpointSaver, mark: () => string = () => "") {
  const graph = new StateGraph(Log);
  const names = Array.from({ length: 11 }, (_, index) => `step-${index + 1}`);
  const nodes = names.map((name, index) => {
    return [name, () => update(`step ${index + 1} ${mark()}`.trim())] as const;
  });
  // One list form keeps the node names, so that the edges below are checked.
  const sequence = graph.addSequence([...nodes] as [string, () => ReturnType<typeof update>][]);
  return sequence.addEdge(START, "step-1").addEdge("step-11", END).compile({ checkpointer });
}

function update(text: string) {
  return { text, ...entry(text) };
}

function entry(text: string) {
  return { plain: [text], delta: [text], rare: [text] };
}

/** Twelve parallel tasks, of which the later ones end first. */
function fanOut(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(Log)
    .addNode("start", () => entry("start"))
    .addNode("task", async ({ text }) => {
      await new Promise((resolve) => setTimeout(resolve, 24 - 2 * Number(text)));
      return entry(`task ${text}`);
    })
    .addNode("join", () => entry("join"))
    .addEdge(START, "start")
    .addConditionalEdges(
      "start",
      ({ text }) => Array.from({ length: Number(text) }, (_, n) => new Send("task", { text: String(n) })),
      ["task"],
    )
    .addEdge("task", "join")
    .addEdge("join", END)
    .compile({ checkpointer });
}

function growing(checkpointer: BaseCheckpointSaver) {
  const Lines = new StateSchema({
    lines: new DeltaValue(z.array(z.string()).default([]), { reducer: words, snapshotFrequency: 1_000 }),
  });
  return new StateGraph(Lines)
    .addNode("add", ({ lines }) => ({ lines: [`line ${lines.length} ${"x".repeat(100)}`] }))
    .addEdge(START, "add")
    .addConditionalEdges("add", ({ lines }) => (lines.length < 60 ? "add" : END), ["add", END])
    .compile({ checkpointer });
}

async function history(graph: ReturnType<typeof chain>, thread: ReturnType<typeof inThread>): Promise<unknown[]> {
  const snapshots = await Array.fromAsync(graph.getStateHistory(thread));
  return snapshots.map(({ values }) => values);
}
