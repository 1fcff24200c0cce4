import { BatonError } from "../core/errors.ts";
import type { Tape } from "./cassettes/cassette.ts";
import type { Cell, CellResult } from "./cell.ts";
import { executeCell } from "./execute.ts";
import type { Journal } from "./journal.ts";
import { planCells, type PlannedSuite } from "./plan.ts";
import { type Halt, runCells } from "./run-cells.ts";
import { createEarlyStop } from "./statistics/early-stop.ts";
import { mean } from "./statistics/pairs.ts";
import { type SuiteOutcome, outcomeOfSuite } from "./verdict.ts";
import { pairsOf } from "./totals.ts";

export interface EvaluateOptions {
  readonly suites: readonly PlannedSuite[];
  readonly journal: Journal;
  readonly seed: number;
  readonly concurrency: number;
  /** No new cell is begun once this much is spent. @default no limit */
  readonly budgetUsd?: number;
  /** The tape of an execution, where model calls are recorded or replayed. @default none */
  readonly tapeOf?: (planned: PlannedSuite, cell: Cell) => Promise<Tape | undefined>;
  readonly signal?: AbortSignal;
  readonly onResult?: (result: CellResult, progress: { readonly done: number; readonly total: number }) => void;
}

export interface Evaluation {
  readonly suites: readonly SuiteOutcome[];
  /** Why a suite's cells were left undone, by its name; early decisions are not listed. */
  readonly halted: Halt | undefined;
}

/** Runs the suites one after the other and judges each. Throws `model-unavailable` when the provider refuses the key. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { suites, journal, seed, onResult } = options;
  const total = planCells(suites, { seed }).length;
  const outcomes: SuiteOutcome[] = [];
  let halted: Halt | undefined;
  for (const planned of suites) {
    const { suite } = planned;
    const stopped =
      halted === undefined
        ? await runSuite(planned, options, (result) => onResult?.(result, { done: journal.results.length, total }))
        : halted;
    if (stopped !== undefined && stopped.kind !== "decided") halted = stopped;
    const results = journal.results.filter((result) => result.suite === suite.name);
    outcomes.push(outcomeOfSuite({ planned, results, halted: stopped, seed }));
  }
  return { suites: outcomes, halted };
}

async function runSuite(
  planned: PlannedSuite,
  { journal, seed, concurrency, budgetUsd, signal, tapeOf }: EvaluateOptions,
  onResult: (result: CellResult) => void,
): Promise<Halt | undefined> {
  const { suite, before, after } = planned;
  const cases = new Map(suite.cases.map((entry) => [entry.id, entry]));
  const halted = await runCells({
    cells: planCells([planned], { seed }),
    journal,
    concurrency,
    execute: async (cell, cellSignal) => {
      const given = cases.get(cell.case);
      if (given === undefined) throw new BatonError("internal-error", `The plan has no case \`${cell.case}\`.`);
      const target = cell.side === "before" && before !== undefined ? before : after;
      const tape = await tapeOf?.(planned, cell);
      const call = { target, case: given, scorers: suite.scorers, signal: cellSignal };
      return await executeCell(tape === undefined ? call : { ...call, tape });
    },
    halt: haltOf(planned, budgetUsd),
    onResult,
    ...(signal === undefined ? {} : { signal }),
  });
  if (halted?.kind !== "refused") return halted;
  throw new BatonError(
    "model-unavailable",
    `The provider refused five calls in a row, so the eval run was stopped: ${halted.error}`,
    {
      hint: "Check the key and its rights; go on with `baton eval --resume`.",
    },
  );
}

/** Stops a comparison whose verdict no further case can change, and any run whose money is spent. */
function haltOf(
  { suite, before }: PlannedSuite,
  budgetUsd: number | undefined,
): (results: readonly CellResult[]) => Halt | undefined {
  const gating = suite.scorers.filter(({ gates }) => gates).map(({ scorer }) => scorer.name);
  const stop = createEarlyStop({ margin: suite.gate.margin, confidence: suite.gate.confidence, scorers: gating });
  const seen = new Set<string>();
  const groups = new Map(suite.cases.map((entry) => [entry.id, entry.group ?? `case ${entry.id}`]));

  function watch(results: readonly CellResult[]): void {
    const last = results.at(-1);
    if (last === undefined || last.suite !== suite.name) return;
    const group = groups.get(last.case);
    const members = new Set(suite.cases.filter(({ id }) => groups.get(id) === group).map(({ id }) => id));
    const cells = results.filter((result) => result.suite === suite.name && members.has(result.case));
    if (group === undefined || seen.has(group) || cells.length < members.size * suite.repeats * 2) return;
    seen.add(group);
    stop.see(Object.fromEntries(gating.flatMap((name) => differenceOf(cells, name))));
  }

  return (results) => {
    if (budgetUsd !== undefined) {
      const spentUsd = results.reduce((sum, { spent }) => sum + (spent.costUsd ?? 0), 0);
      if (spentUsd >= budgetUsd) return { kind: "budget", spentUsd };
    }
    if (before === undefined || gating.length === 0) return undefined;
    watch(results);
    return stop.verdict === undefined ? undefined : { kind: "decided", verdict: stop.verdict };
  };
}

/** Mean difference of a finished group for one scorer; none where a side has no score. */
function differenceOf(cells: readonly CellResult[], scorer: string): readonly (readonly [string, number])[] {
  const pairs = pairsOf(cells, scorer, new Map()).filter(({ before, after }) => before.length > 0 && after.length > 0);
  if (pairs.length === 0) return [];
  return [[scorer, mean(pairs.map(({ before, after }) => mean(after) - mean(before)))]];
}
