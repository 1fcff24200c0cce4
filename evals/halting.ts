import type { CellResult } from "./cell.ts";
import { judgesPairs, type PlannedSuite } from "./plan.ts";
import { type ScorerNames, scorerNamesOf } from "./scorer-names.ts";
import type { Halt } from "./run-cells.ts";
import { createEarlyStop } from "./statistics/early-stop.ts";
import { mean } from "./statistics/pairs.ts";
import { pairsOf } from "./totals.ts";

/** What an eval run may take; results that were kept take nothing. */
export interface EvalBudget {
  readonly tokens?: number;
  /** US dollars. Calls of unknown cost are not counted, so ask for it only where the price is known. */
  readonly usd?: number;
}

/**
 * Stops a comparison whose verdict no further case can change, and any run whose budget is spent. It reads the results in the order of the
 * journal, so that a resumed run stops where the whole one does.
 */
export function haltOf(
  planned: PlannedSuite,
  budget: EvalBudget,
): (results: readonly CellResult[]) => Halt | undefined {
  const decided = planned.before === undefined || planned.isWhole === true ? undefined : decidedBy(planned);
  let read = 0;
  const spent = { tokens: 0, usd: 0 };
  return (results) => {
    let verdict: "pass" | "regression" | undefined;
    for (; read < results.length; read++) {
      const result = results[read];
      if (result === undefined) break;
      if (result.spent.kept !== true) {
        spent.tokens += result.spent.inputTokens + result.spent.outputTokens;
        spent.usd += result.spent.costUsd ?? 0;
      }
      if (result.suite === planned.suite.name) verdict = decided?.(result) ?? verdict;
    }
    if (verdict !== undefined) return { kind: "decided", verdict };
    const isSpent = spent.tokens >= (budget.tokens ?? Infinity) || spent.usd >= (budget.usd ?? Infinity);
    return isSpent ? { kind: "budget", spent } : undefined;
  };
}

/** Sees a group of cases once all of its cells are there. */
function decidedBy(planned: PlannedSuite): (result: CellResult) => "pass" | "regression" | undefined {
  const { suite } = planned;
  const names = scorerNamesOf(planned);
  const scorers = [...names.gating];
  const cellsOfRepeat = judgesPairs(planned) ? 3 : 2;
  const stop = createEarlyStop({ margin: suite.gate.margin, confidence: suite.gate.confidence, scorers });
  const groupOf = new Map(
    suite.cases.map(({ id, group }) => [id, group === undefined ? `case ${id}` : `group ${group}`]),
  );
  const open = new Map<string, { cells: CellResult[]; wanted: number }>();
  for (const group of groupOf.values()) {
    const known = open.get(group) ?? { cells: [], wanted: 0 };
    open.set(group, { ...known, wanted: known.wanted + suite.repeats * cellsOfRepeat });
  }
  return (result) => {
    const group = open.get(groupOf.get(result.case) ?? "");
    if (group === undefined) return undefined;
    group.cells.push(result);
    if (group.cells.length < group.wanted) return undefined;
    stop.see(Object.fromEntries(scorers.flatMap((name) => differenceOf(group.cells, name, names))));
    return stop.verdict;
  };
}

/** Mean difference of a finished group for one scorer; none where a side has no score. */
function differenceOf(
  cells: readonly CellResult[],
  scorer: string,
  names: ScorerNames,
): readonly (readonly [string, number])[] {
  const pairs = pairsOf(cells, scorer, names).filter(({ before, after }) => before.length > 0 && after.length > 0);
  if (pairs.length === 0) return [];
  return [[scorer, mean(pairs.map(({ before, after }) => mean(after) - mean(before)))]];
}
