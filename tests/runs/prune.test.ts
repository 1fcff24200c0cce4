import { isDeepStrictEqual } from "node:util";

import { DeltaValue, END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, BatonError, node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import fc from "fast-check";
import { expect, it, test } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Walk = new StateSchema({
  name: z.string(),
  goal: z.number(),
  /** Before the place of this number the run fails or asks; 0 is nowhere. */
  stop: z.number().default(0),
  kind: z.enum(["fail", "ask"]).default("fail"),
  done: z.boolean().default(false),
  path: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  diary: new DeltaValue(z.array(z.string()).default([]), {
    reducer: (known, added) => known.concat(...added),
    snapshotFrequency: 3,
  }),
});

interface Gate {
  open: boolean;
}

function walk(gate: Gate): Workflow {
  const step = node(
    Walk,
    { reads: ["name", "goal", "stop", "kind", "path"], writes: ["path", "diary", "done"] },
    async ({ name, goal, stop, kind, path }) => {
      const at = path.length + 1;
      if (at === stop && kind === "fail" && !gate.open) throw new Error("A fallen tree.");
      const said = at === stop && kind === "ask" ? String(interrupt("Climb it?")) : "";
      return { path: [`${name}${at}${said}`], diary: [`saw ${name}${at}`], done: at >= goal };
    },
  );
  const graph = new StateGraph(Walk)
    .addNode("step", step)
    .addEdge(START, "step")
    .addConditionalEdges("step", ({ done }) => (done ? END : "step"), ["step", END]);
  return workflow({ id: "walk", graph });
}

/** What should be in the store: worked out beside it, without it. */
interface Expected {
  readonly id: string;
  readonly thread: string;
  readonly name: string;
  readonly goal: number;
  readonly stop: number;
  readonly kind: "fail" | "ask";
  /** The path it began with, and the step in which it makes the first place of its own. */
  readonly base: readonly string[];
  readonly firstStep: number;
  path: readonly string[];
  status: "queued" | "failed" | "interrupted" | "completed";
}

function go(run: Expected, resumed: boolean): void {
  const path = [...run.path];
  const passes = resumed && path.length + 1 === run.stop;
  do {
    const at = path.length + 1;
    if (at === run.stop && !(passes && path.length === run.path.length)) {
      run.path = path;
      run.status = run.kind === "fail" ? "failed" : "interrupted";
      return;
    }
    path.push(`${run.name}${at}${at === run.stop && run.kind === "ask" ? "!" : ""}`);
  } while (path.length < run.goal);
  run.path = path;
  run.status = "completed";
}

const Action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("start" as const),
      thread: fc.constantFrom("own", "t", "t", "u"),
      goal: fc.integer({ min: 2, max: 7 }),
      stop: fc.integer({ min: 0, max: 6 }),
      kind: fc.constantFrom("fail" as const, "ask" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("fork" as const),
      of: fc.nat(),
      offset: fc.nat({ max: 5 }),
      starts: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant("prune" as const), keepLatest: fc.integer({ min: 0, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("resume" as const), of: fc.nat() }) },
);
type Action = typeof Action extends fc.Arbitrary<infer A> ? A : never;

class World {
  readonly gate: Gate = { open: false };
  readonly runs: Expected[] = [];
  pruned = false;
  readonly baton: Baton;

  constructor(baton: Baton, gate: Gate) {
    this.baton = baton;
    this.gate = gate;
  }
}

async function act(world: World, action: Action): Promise<void> {
  switch (action.does) {
    case "start":
      return start(world, action);
    case "fork":
      return fork(world, action);
    case "prune":
      return prune(world, action.keepLatest);
    case "resume": {
      const waiting = world.runs.filter(({ status }) => status !== "completed");
      const run = waiting[action.of % Math.max(waiting.length, 1)];
      return run === undefined ? undefined : resume(world, run);
    }
    default:
      return action satisfies never;
  }
}

async function start(
  world: World,
  { thread: wanted, goal, stop, kind }: Extract<Action, { does: "start" }>,
): Promise<void> {
  const id = `r${world.runs.length}`;
  const thread = wanted === "own" ? id : wanted;
  const ofThread = world.runs.filter((run) => run.thread === thread);
  if (ofThread.some(({ status }) => status !== "completed")) return;
  const previous = ofThread.at(-1);
  const base = previous?.path ?? [];
  const lastStep = previous === undefined ? -2 : previous.firstStep + previous.path.length - previous.base.length - 1;
  const run: Expected = {
    id,
    thread,
    name: id,
    goal,
    stop,
    kind,
    base,
    firstStep: lastStep + 3,
    path: base,
    status: "queued",
  };
  const handle = await world.baton.start("walk", { name: id, goal, stop, kind }, { runId: id, thread });
  await handle.result();
  go(run, false);
  world.runs.push(run);
  await agrees(world, run);
}

async function fork(world: World, { of, offset, starts }: Extract<Action, { does: "fork" }>): Promise<void> {
  const source = world.runs.filter(({ status }) => status !== "queued")[of % Math.max(world.runs.length, 1)];
  if (source === undefined) return;
  const own = source.path.length - source.base.length;
  const before = own === 0 ? 0 : offset % own;
  const id = `f${world.runs.length}`;
  const base = source.path.slice(0, source.base.length + before);
  const step = source.firstStep + before;
  try {
    await (await world.baton.fork(source.id, { step, set: { name: id }, runId: id, start: starts })).result();
  } catch (error) {
    // Its checkpoint, or the run itself, may have been pruned away: that is said, and nothing is made.
    if (!world.pruned || !BatonError.is(error) || !["step-out-of-range", "unknown-run"].includes(error.code))
      throw error;
    return;
  }
  const { goal, stop, kind } = source;
  const run: Expected = {
    id,
    thread: id,
    name: id,
    goal,
    stop,
    kind,
    base,
    firstStep: step,
    path: base,
    status: "queued",
  };
  if (starts) go(run, false);
  world.runs.push(run);
  await agrees(world, run);
}

async function resume(world: World, run: Expected): Promise<void> {
  const answer = run.status === "interrupted" ? { answer: "!" } : {};
  world.gate.open = run.status === "failed";
  await (await world.baton.resume(run.id, answer)).result();
  world.gate.open = false;
  go(run, run.status !== "queued");
  await agrees(world, run);
}

async function prune(world: World, keepLatest: number): Promise<void> {
  const before = await checkpoints(world);
  const rehearsal = await world.baton.prune({ olderThanDays: 0, keepLatest, dryRun: true });
  const { bytesFreed: _freed, blobs: _blobs, ...report } = await world.baton.prune({ olderThanDays: 0, keepLatest });
  expect(rehearsal).toMatchObject(report);
  world.pruned = true;
  const after = await checkpoints(world);
  for (const [id, state] of after)
    if (!isDeepStrictEqual(state, before.get(id))) expect([id, state]).toEqual([id, before.get(id)]);
  const held = world.runs.filter(({ status }) => status !== "completed").map(({ thread }) => thread);
  const ofHeld = (ids: ReadonlyMap<string, unknown>) =>
    [...ids.keys()].filter((id) => held.some((thread) => id.startsWith(`${thread} `)));
  expect(ofHeld(after)).toEqual(ofHeld(before));
  if (keepLatest > 0) return;
  // What is gone for good: threads at which no run stands, and from which no fork has yet to begin.
  const rows = new Set((await world.baton.runs({ limit: 1000 })).map(({ id }): string => id));
  for (const run of world.runs) if (run.status !== "completed") expect(rows.has(run.id)).toBe(true);
  world.runs.splice(0, world.runs.length, ...world.runs.filter(({ id }) => rows.has(id)));
}

/** Every checkpoint in the store with the state that LangGraph rebuilds from it. */
async function checkpoints({ baton, gate, runs }: World): Promise<ReadonlyMap<string, unknown>> {
  const saver = await baton.store.reader();
  // The compiled graph's type has ten parameters; only this one method is asked.
  const graph = walk(gate).graph.compile({ checkpointer: saver }) as unknown as {
    getStateHistory(
      config: object,
    ): AsyncIterable<{ values: unknown; next: unknown; config: { configurable: { checkpoint_id: string } } }>;
  };
  const found = new Map<string, unknown>();
  for (const thread of new Set(runs.map((run) => run.thread))) {
    for await (const { values, next, config } of graph.getStateHistory({ configurable: { thread_id: thread } })) {
      found.set(`${thread} ${config.configurable.checkpoint_id}`, [values, next]);
    }
  }
  return found;
}

async function agrees({ baton }: World, run: Expected): Promise<void> {
  const stored = await baton.run(run.id);
  expect([run.id, stored.status]).toEqual([run.id, run.status]);
  if (stored.status === "running" || stored.status === "queued") return;
  expect(stored.state).toMatchObject({ path: run.path });
}

it("leaves every run that can be resumed its way to the same end, and every checkpoint that stays its state", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Action, { minLength: 4, maxLength: 12 }), async (actions) => {
      const gate: Gate = { open: false };
      const world = new World(await openBaton({ workflows: [walk(gate)], model: scripted([]) }), gate);
      for (const action of actions) await act(world, action);
      await prune(world, 0);
      for (const run of world.runs) {
        while (run.status !== "completed") await resume(world, run);
      }
      await world.baton.close();
    }),
    { numRuns: Number(process.env["BATON_PRUNE_CASES"] ?? 15) },
  );
}, 600_000);

test.each([
  ["olderThanDays", -1],
  ["olderThanDays", Number.NaN],
  ["keepLatest", 1.5],
  ["keepLatest", -1],
])("refuses %s = %d", async (option, value) => {
  const baton = await openBaton({ workflows: [walk({ open: true })], model: scripted([]) });
  await expect(baton.prune({ [option]: value })).rejects.toMatchObject({
    code: "bad-usage",
    message: expect.stringContaining(`\`${option}\``),
  });
});

it("prunes nothing younger than thirty days when nothing is said", async () => {
  const baton = await openBaton({ workflows: [walk({ open: true })], model: scripted([]) });
  await (await baton.start("walk", { name: "a", goal: 3 })).result();
  expect(await baton.prune()).toMatchObject({ threads: 0, bytes: 0 });
  expect(await baton.prune({ olderThanDays: 0 })).toMatchObject({ threads: 1, checkpoints: 4 });
});
