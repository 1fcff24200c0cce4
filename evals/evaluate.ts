import { BatonError } from "../core/errors.ts";
import type { Tape } from "./cassettes/cassette.ts";
import { type Cell, type CellOutcome, type CellResult, Side } from "./cell.ts";
import { answersOf } from "./answers.ts";
import { executeCell } from "./execute.ts";
import { executePair } from "./execute-pair.ts";
import type { KeptResults } from "./kept-results.ts";
import type { Journal } from "./journal.ts";
import { countCells, planCells, type PlannedSuite } from "./plan.ts";
import { type EvalBudget, haltOf } from "./halting.ts";
import { type Halt, runCells } from "./run-cells.ts";
import type { ScorerTools } from "./scorer.ts";
import type { Suite } from "./suite.ts";
import { type SuiteOutcome, outcomeOfSuite } from "./verdict.ts";

export interface EvaluateOptions {
  readonly suites: readonly PlannedSuite[];
  readonly journal: Journal;
  readonly seed: number;
  readonly concurrency: number;
  /** No new cell is begun once this much is spent. @default no limit */
  readonly budget?: EvalBudget;
  /** Asks judges and makes vectors, for the scorers that need it. */
  readonly toolsOf?: (signal: AbortSignal) => Omit<ScorerTools, "signal">;
  /** The tape of an execution, where model calls are recorded or replayed. @default none */
  readonly tapeOf?: (planned: PlannedSuite, cell: Cell) => Promise<Tape | undefined>;
  /** Results of earlier eval runs: the baseline is read from them. @default none */
  readonly kept?: KeptResults;
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
  const total = countCells(suites).all;
  const outcomes: SuiteOutcome[] = [];
  let halted: Halt | undefined;
  for (const planned of suites) {
    const { suite } = planned;
    const stopped =
      halted === undefined
        ? await runSuite(planned, options, (result) => onResult?.(result, { done: journal.results.length, total }))
        : halted;
    if (stopped !== undefined && stopped.kind !== "decided") halted = stopped;
    const results = inSuiteOrder(suite, journal.results);
    outcomes.push(outcomeOfSuite({ planned, results, halted: stopped, seed }));
  }
  return { suites: outcomes, halted };
}

/** A suite's results in the order in which it names its cases: a report does not depend on which execution was finished first. */
function inSuiteOrder({ name, cases }: Suite, results: readonly CellResult[]): readonly CellResult[] {
  const place = new Map(cases.map(({ id }, at) => [id, at]));
  return results
    .filter((result) => result.suite === name)
    .toSorted(
      (left, right) =>
        (place.get(left.case) ?? 0) - (place.get(right.case) ?? 0) ||
        left.repeat - right.repeat ||
        SIDES.indexOf(left.side) - SIDES.indexOf(right.side),
    );
}

const SIDES = Side.options;

async function runSuite(
  planned: PlannedSuite,
  { journal, seed, concurrency, budget = {}, signal, tapeOf, toolsOf, kept }: EvaluateOptions,
  onResult: (result: CellResult) => void,
): Promise<Halt | undefined> {
  const { suite, before, after } = planned;
  const cases = new Map(suite.cases.map((entry) => [entry.id, entry]));
  const answers = answersOf(planned, journal.results);

  async function execute(cell: Cell, cellSignal: AbortSignal): Promise<CellOutcome> {
    const given = cases.get(cell.case);
    if (given === undefined) throw new BatonError("internal-error", `The plan has no case \`${cell.case}\`.`);
    const both = cell.side === "both" ? await answers.of(cell) : undefined;
    const known = cell.side === "before" ? kept?.find(planned, cell, given) : undefined;
    if (known !== undefined) return { ...known, spent: { ...known.spent, kept: true } };
    const tape = await tapeOf?.(planned, cell);
    const call = {
      case: given,
      signal: cellSignal,
      ...(toolsOf === undefined ? {} : { tools: toolsOf(cellSignal) }),
      ...(tape === undefined ? {} : { tape }),
    };
    if (both !== undefined) return await executePair({ ...call, ...both, scorers: suite.pairScorers });
    const target = cell.side === "before" && before !== undefined ? before : after;
    return await executeCell({ ...call, target, scorers: suite.scorers });
  }

  const halted = await runCells({
    cells: planCells(planned, { seed }),
    journal,
    concurrency,
    execute: (cell, cellSignal) => answers.begun(cell, execute(cell, cellSignal)),
    halt: haltOf(planned, budget),
    onResult(result) {
      const given = cases.get(result.case);
      if (given !== undefined && result.side !== "both" && result.spent.kept !== true)
        kept?.keep(planned, result, given);
      onResult(result);
    },
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
