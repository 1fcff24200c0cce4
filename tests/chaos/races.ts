import { setTimeout as delay } from "node:timers/promises";

import { type Baton, BatonError } from "batonjs";

import { forkedCheckpoints } from "./crash-verdict.ts";
import { type Ledger, ledgerIn } from "./ledger.ts";
import { type Racer, racer } from "./racers.ts";
import type { RacerOutcome } from "./racer.ts";
import { openPlace, type Place, workToEnd } from "./work.ts";

/** What came of many races. */
export interface RaceFigures {
  readonly races: number;
  /** Races that nobody won, or both. */
  readonly doubleWins: number;
  readonly noWins: number;
  /** Losers that were told something else than that they lost. */
  readonly unexpected: number;
  /** Runs whose checkpoints are no single line. */
  readonly forks: number;
  /** Runs whose state is not the winner's. */
  readonly wrong: number;
  /** Runs with an effect that happened more than once. */
  readonly duplicateEffects: number;
}

const AT_ONCE = 20;

/** What a loser may be told: somebody else has the run, or its question is there or was answered already. */
const RESUME_LOST = ["run-already-active", "answer-missing"];
const ANSWER_LOST = ["interrupt-already-answered", "run-already-active"];

/** Two processes go on with the same runs at the same moment, then answer the same questions at the same moment. */
export async function raceForRuns(
  place: Place,
  count: number,
): Promise<{ readonly resumes: RaceFigures; readonly answers: RaceFigures }> {
  const ledger = ledgerIn(place.folder);
  const baton = await openPlace(place, ledger);
  const rivals = await Promise.all([racer(place, 120_000), racer(place, 120_000)]);
  const resumes: RaceFigures[] = [];
  const answers: RaceFigures[] = [];
  try {
    for (let done = 0; done < count; done += AT_ONCE) {
      const runs = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, index) => `race-${done + index}`);
      for (const run of runs) await waitingRun(baton, run);
      const first = await Promise.all(rivals.map(async (one) => await one.go(runs.map((run) => ({ run })))));
      resumes.push(await judge({ baton, ledger, runs, outcomes: first, lost: RESUME_LOST }));
      const second = await Promise.all(
        ["A", "B"].map(async (answer, index) => (await rivals[index]?.go(runs.map((run) => ({ run, answer })))) ?? []),
      );
      answers.push(await judge({ baton, ledger, runs, outcomes: second, lost: ANSWER_LOST, answers: ["A", "B"] }));
    }
  } finally {
    await Promise.all(rivals.map(async (one) => await one.close()));
    await baton.close();
  }
  return { resumes: sum(resumes), answers: sum(answers) };
}

/** A run that nobody holds and of which no step has run. */
async function waitingRun(baton: Baton, runId: string): Promise<void> {
  await (await baton.start("interrupt", {}, { runId, drain: AbortSignal.abort() })).result();
}

interface Races {
  readonly baton: Baton;
  readonly ledger: Ledger;
  readonly runs: readonly string[];
  /** What each rival was told. */
  readonly outcomes: readonly (readonly RacerOutcome[])[];
  readonly lost: readonly string[];
  /** What each rival answered. */
  readonly answers?: readonly string[];
}

async function judge({ baton, ledger, runs, outcomes, lost, answers }: Races): Promise<RaceFigures> {
  const verdicts = await Promise.all(
    runs.map(async (id): Promise<RaceFigures> => {
      const told = outcomes.map((one) => one.find(({ run }) => run === id));
      const winners = told.flatMap((one, index) => (one?.status === undefined ? [] : [index]));
      const run = await baton.run(id);
      const decision = "state" in run ? run.state["decision"] : undefined;
      const isWrong = answers !== undefined && (run.status !== "completed" || decision !== answers[winners[0] ?? -1]);
      return {
        races: 1,
        doubleWins: Number(winners.length > 1),
        noWins: Number(winners.length === 0),
        unexpected: Number(told.some((one) => one?.code !== undefined && !lost.includes(one.code))),
        forks: Number((await forkedCheckpoints(baton.store, id)) !== undefined),
        wrong: Number(isWrong),
        duplicateEffects: Number(happenedTwice(ledger, id)),
      };
    }),
  );
  return sum(verdicts);
}

function happenedTwice(ledger: Ledger, run: string): boolean {
  const effects = ledger.read(run).flatMap((entry) => (entry.what === "effect" ? [`${entry.kind} ${entry.name}`] : []));
  return new Set(effects).size !== effects.length;
}

function sum(all: readonly RaceFigures[]): RaceFigures {
  const total = (of: (one: RaceFigures) => number): number => all.reduce((so, one) => so + of(one), 0);
  return {
    races: total((one) => one.races),
    doubleWins: total((one) => one.doubleWins),
    noWins: total((one) => one.noWins),
    unexpected: total((one) => one.unexpected),
    forks: total((one) => one.forks),
    wrong: total((one) => one.wrong),
    duplicateEffects: total((one) => one.duplicateEffects),
  };
}

/** What came of processes that were frozen in the middle of their runs and came back when others had finished them. */
export interface ZombieFigures {
  readonly zombies: number;
  /** Runs in which anything stored changed after the frozen owner came back. */
  readonly writesAccepted: number;
  /** Owners that were not told that they had lost the run. */
  readonly unexpected: number;
  readonly forks: number;
  readonly wrong: number;
}

const ZOMBIES_AT_ONCE = 25;
const ZOMBIE_LEASE_MS = 1_500;

/** Freezes a process (SIGSTOP) that works many runs, has others finish them, and lets it go on (SIGCONT). */
export async function raiseZombies(place: Place, count: number, random: () => number): Promise<ZombieFigures> {
  const ledger = ledgerIn(place.folder);
  const baton = await openPlace(place, ledger);
  const frozen = await racer(place, ZOMBIE_LEASE_MS);
  const all: ZombieFigures[] = [];
  try {
    await (await baton.start("linear", {}, { runId: "undisturbed" })).result();
    for (let round = 0; total(all) < count; round += 1) {
      const runs = Array.from({ length: ZOMBIES_AT_ONCE }, (_, index) => `zombie-${round}-${index}`);
      all.push(await freeze({ baton, ledger, frozen, runs, wanted: count - total(all), afterSteps: random() * 15 }));
    }
  } finally {
    await frozen.close();
    await baton.close();
  }
  const figure = (name: keyof ZombieFigures): number => all.reduce((so, one) => so + one[name], 0);
  return {
    zombies: figure("zombies"),
    writesAccepted: figure("writesAccepted"),
    unexpected: figure("unexpected"),
    forks: figure("forks"),
    wrong: figure("wrong"),
  };
}

function total(all: readonly ZombieFigures[]): number {
  return all.reduce((so, { zombies }) => so + zombies, 0);
}

interface Freeze {
  readonly baton: Baton;
  readonly ledger: Ledger;
  readonly frozen: Racer;
  readonly runs: readonly string[];
  readonly wanted: number;
  /** How far the first run is to be when the process is frozen. */
  readonly afterSteps: number;
}

async function freeze({ baton, ledger, frozen, runs, wanted, afterSteps }: Freeze): Promise<ZombieFigures> {
  const some = runs.slice(0, Math.max(1, Math.min(runs.length, wanted)));
  for (const runId of some) await (await baton.start("linear", {}, { runId, drain: AbortSignal.abort() })).result();
  const working = frozen.go(some.map((run) => ({ run })));
  const first = some[0] ?? "";
  let ended: unknown;
  // What became of it is awaited below; when something else fails first, the process is ended.
  working.then(
    (outcomes) => (ended = outcomes),
    (error: unknown) => (ended = error),
  );
  while (ledger.read(first).filter(({ what }) => what === "entered").length <= afterSteps) {
    if (ended !== undefined)
      throw new Error(`The runs ended before the process was frozen: ${JSON.stringify(ended)}`, { cause: ended });
    await delay(2);
  }
  await stopBetweenWrites(frozen, baton);
  const held: string[] = [];
  for (const id of some) if ((await baton.run(id)).status === "running") held.push(id);
  await Promise.all(held.map(async (id) => await takeOver(baton, ledger, id)));
  const before = await Promise.all(held.map(async (id) => await everything(baton, id)));
  frozen.signal("SIGCONT");
  const outcomes = await working;
  const after = await Promise.all(held.map(async (id) => await everything(baton, id)));
  const expected = JSON.stringify(await stateOf(baton, "undisturbed"));
  const states = await Promise.all(held.map(async (id) => JSON.stringify(await stateOf(baton, id))));
  const forks = await Promise.all(held.map(async (id) => await forkedCheckpoints(baton.store, id)));
  const told = held.map((id) => outcomes.find(({ run }) => run === id)?.code);
  return {
    zombies: held.length,
    writesAccepted: before.filter((one, index) => one !== after[index]).length,
    unexpected: told.filter((code) => code === undefined || !["lease-lost", "fenced", "run-parked"].includes(code))
      .length,
    forks: forks.filter((fork) => fork !== undefined).length,
    wrong: states.filter((state) => state !== expected).length,
  };
}

/** On SQLite a process that is frozen in the middle of a write keeps the file locked for everybody: nobody can take its runs then. */
async function stopBetweenWrites(frozen: Racer, baton: Baton): Promise<void> {
  for (;;) {
    frozen.signal("SIGSTOP");
    try {
      return await baton.store.probe();
    } catch (error) {
      if (!BatonError.is(error) || error.code !== "database-busy") throw error;
    }
    frozen.signal("SIGCONT");
    await delay(1);
  }
}

/** Goes on with a run as soon as the lease of its frozen owner is over. */
async function takeOver(baton: Baton, ledger: Ledger, run: string): Promise<void> {
  for (;;) {
    try {
      await workToEnd(baton, ledger, { run, workflow: "linear" });
      return;
    } catch (error) {
      if (!BatonError.is(error) || error.code !== "run-already-active") throw error;
      await delay(100);
    }
  }
}

async function stateOf(baton: Baton, id: string) {
  const run = await baton.run(id);
  return "state" in run ? run.state : undefined;
}

/** All that is stored of a run. */
async function everything(baton: Baton, id: string): Promise<string> {
  const { store } = baton;
  const run = await baton.run(id);
  const checkpoints: unknown[] = [];
  for await (const tuple of (await store.reader()).list({ configurable: { thread_id: id, checkpoint_ns: "" } }))
    checkpoints.push([tuple.checkpoint.id, tuple.metadata, tuple.pendingWrites]);
  return JSON.stringify([run, await store.events.read(run.id, 0), await store.effects.list(run.id), checkpoints]);
}
