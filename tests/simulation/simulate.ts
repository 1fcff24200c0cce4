import { tmpdir } from "node:os";
import { join } from "node:path";

import { ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { BatonError, node, workflow } from "batonjs";
import { z } from "zod";

import { parseRunId, type RunId } from "../../core/ids.ts";
import { createRegistry } from "../../graph/registry.ts";
import { openProjectPrompts } from "../../prompts/project.ts";
import { toolConnections } from "../../agents/tool-source.ts";
import { createDesk, type Desk } from "../../runs/desk.ts";
import { leasesHere, leaseTimes } from "../../runs/lease.ts";
import type { Run } from "../../runs/run.ts";
import type { Store } from "../../runs/store.ts";
import { type Deeds, fakeEngines } from "./fake-engine.ts";
import { type Claim, type History, violations } from "./invariants.ts";
import { changesOfSecondSweep, sweepOf } from "./janitor.ts";
import { type Fault, memoryData } from "./memory-data.ts";
import { runOf } from "./memory-runs.ts";
import { memoryStore } from "./memory-store.ts";
import { FIRST_ALLOWANCE, paidModel, type Purse } from "./paid-model.ts";
import { allowanceFor, answerTo, asksTooEarly } from "./people.ts";
import { watched } from "./watched.ts";
import { storeAcross, World, type WorkerSeat } from "./world.ts";

const State = new StateSchema({
  who: z.string().default(""),
  log: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
});
// With rights, so that no other prompt has to be pinned; the engine of the simulation has nodes of its own.
const nothing = node(State, { reads: [], writes: [] }, () => ({}));
const registry = createRegistry([
  workflow({ id: "sim", graph: new StateGraph(State).addNode("n1", nothing).addEdge(START, "n1") }),
]);
const noPrompts = await openProjectPrompts({
  folder: tmpdir(),
  roots: [],
  bundle: join(tmpdir(), "no-such-bundle"),
  bundleIsNamed: false,
  production: false,
  allowFolder: true,
});
/** Opened once: simulations wait for nothing but the world. */
const prompts = async () => noPrompts;

/** Answers that a store or a run gives to who comes too late, or asks for what cannot be. */
const REFUSALS: ReadonlySet<string> = new Set([
  "clock-behind",
  "answer-missing",
  "answer-unexpected",
  "database-unreachable",
  "fenced",
  "interrupt-already-answered",
  "interrupt-unknown",
  "lease-lost",
  "run-already-active",
  "run-not-cancellable",
  "run-not-resumable",
  // What became of the run could not be stored: whoever looks next finds it under an old lease.
  "run-parked",
  "unknown-run",
]);

interface Worker extends WorkerSeat {
  readonly desk: Desk;
  readonly store: Store;
  readonly drain: AbortController;
}

const WORKERS = 3;
const MOST_ROUNDS = 3_000;

/** Plays one tape of decisions, then lets all faults stop; returns what was broken. */
export async function simulate(tape: readonly number[], faults: readonly Fault[] = []): Promise<readonly string[]> {
  const world = new World();
  const data = memoryData({ now: () => world.now }, faults);
  const deeds: Deeds = { executed: [], effects: [], underWay: new Set() };
  const claims: Claim[] = [];
  const surprises: string[] = [];
  const secondSweeps: string[] = [];
  const purse: Purse = { calls: [], allowed: new Map() };
  const accepted = new Set<RunId>();
  let born = 0;

  function hire(): Worker {
    born += 1;
    const seat = { name: `w${born}`, state: "up" as const, skewMs: 0 };
    const worker: WorkerSeat = seat;
    const store = storeAcross(world, worker, watched(memoryStore(data), data, claims));
    const desk = createDesk({
      store,
      registry,
      model: paidModel(world, worker, purse),
      prompts,
      memory: () => ({ recall: async () => ({ items: [], route: {}, text: "" }), remember: async () => undefined }),
      connections: toolConnections(),
      owner: `elsewhere/${born}/1/a`,
      seams: {},
      leases: leasesHere(store.runs, leaseTimes(), world.leaseClockOf(worker)),
      makeEngine: fakeEngines(world, worker, deeds),
      clock: world.clockOf(worker),
      leaseClock: world.leaseClockOf(worker),
    });
    return Object.assign(seat, { desk, store, drain: new AbortController() });
  }

  const workers = Array.from({ length: WORKERS }, hire);
  const at = (number: number): Worker => workers[number % WORKERS] ?? hire();

  function note(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!BatonError.is(error) || !REFUSALS.has(error.code)) surprises.push(`unexpected: ${String(error)}`);
    });
  }

  function start(worker: Worker, id: string, tenant: string): void {
    // In half of all interleavings: whoever has a budget asks the store more often.
    const isLimited = ((tape[0] ?? 0) >> 4) % 2 === 0;
    if (isLimited) purse.allowed.set(parseRunId(id), FIRST_ALLOWANCE);
    const budget = isLimited ? { budget: { modelCalls: FIRST_ALLOWANCE } } : {};
    const begun = worker.desk.start(
      "sim",
      { who: tenant },
      { runId: id, thread: "t", tenant, drain: worker.drain.signal, ...budget },
    );
    note(
      begun.then(async (handle) => {
        accepted.add(handle.id);
        await handle.result();
      }),
    );
  }

  function goOn(worker: Worker, run: Run): void {
    const drain = worker.drain.signal;
    if (run.status === "interrupted" && asksTooEarly(run, deeds)) return;
    const answer = run.status === "interrupted" ? { answer: answerTo(run, deeds) } : {};
    note(
      worker.desk
        .resume(run.id, { drain, ...answer, ...allowanceFor(run, purse) })
        .then(async (handle) => await handle.result()),
    );
  }

  /** Two janitors at once; beside them it is tried on a copy whether a second one would change anything. */
  async function sweep(seat: number): Promise<void> {
    for (const worker of [at(seat), at(seat + 1)]) note(worker.store.prune(sweepOf(data, 1)));
    secondSweeps.push(...(await changesOfSecondSweep(data)));
  }

  const runs = (): readonly Run[] => [...data.runs.values()].map(runOf);

  async function crash(seat: number, carriedOut: boolean): Promise<void> {
    await world.crash(at(seat), carriedOut);
    workers[seat % WORKERS] = hire();
  }

  async function decide(decision: number): Promise<void> {
    const which = decision >> 4;
    const pending = world.waiting[which % Math.max(1, world.waiting.length)];
    const run = runs()[which % Math.max(1, data.runs.size)];
    switch (decision & 15) {
      case 9:
        await pending?.end("failed");
        return;
      case 10:
        await pending?.end("commit unknown");
        return;
      case 8:
      case 11:
        await crash(which, which % 2 === 0);
        return;
      case 12: {
        const worker = at(which);
        worker.state = worker.state === "up" ? "paused" : "up";
        world.ring();
        return;
      }
      case 13:
        world.advance(which % 2 === 0 ? 2_600 : 11_000);
        return;
      case 14:
        // Two at once, as when two people answer, or two workers see the same run.
        for (const seat of which % 2 === 0 ? [which] : [which, which + 1]) if (run !== undefined) goOn(at(seat), run);
        return;
      case 15: {
        const worker = at(which);
        if (which % 5 === 0 && run !== undefined) note(worker.desk.cancel(run.id));
        else if (which % 5 === 1) worker.drain.abort();
        else if (which % 5 === 2) await sweep(which);
        else worker.skewMs = which % 5 === 3 ? 60_000 : -60_000;
        return;
      }
      default:
        if (pending === undefined) world.advance(500);
        // Several calls in a row, so that tapes get far; any of the waiting ones goes first.
        for (let count = which % 9; count >= 0; count -= 1) {
          const waiting = world.waiting;
          await waiting[(which >> 3) % Math.max(1, waiting.length)]?.end("done");
          await world.settle();
        }
    }
  }

  start(at(0), "red", "red");
  if ((tape[0] ?? 0) % 3 === 0) start(at(1), "blue", "blue");
  await world.settle();
  for (const decision of tape) {
    await decide(decision);
    await world.settle();
  }
  const rested = await quiesce();
  secondSweeps.push(...(await changesOfSecondSweep(data)));
  const history: History = { data, deeds, claims, accepted, paid: purse.calls, secondSweeps, rested };
  return [...surprises, ...violations(history)];

  /** Faults stop: everybody wakes up, all calls go through, and somebody goes on with what is not finished. */
  async function quiesce(): Promise<boolean> {
    for (const worker of workers) Object.assign(worker, { state: "up", skewMs: 0 });
    world.ring();
    for (const [seat] of workers.entries()) if (at(seat).drain.signal.aborted) await crash(seat, true);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await world.settle();
      const [pending] = world.waiting;
      if (pending !== undefined) {
        await pending.end("done");
        continue;
      }
      const open = runs().filter(({ status }) => status !== "completed" && status !== "cancelled" && status !== "dead");
      if (open.length === 0) return true;
      const free = open.find((run) => run.status !== "running" || run.leaseUntil <= world.now);
      if (free === undefined) world.advance(2_600);
      else goOn(at(round), free);
    }
    return false;
  }
}
