import type { CellResult, Side } from "./cell.ts";
import type { ScorerNames } from "./scorer-names.ts";
import { mean, type PairedCase } from "./statistics/pairs.ts";

/** What cells took, and how many of them came to nothing. */
export interface Spending {
  readonly cells: number;
  /** Of the cells, those whose results an earlier eval run left. */
  readonly kept: number;
  readonly infrastructure: number;
  readonly defects: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly modelCalls: number;
  readonly costUsd: number;
}

/** What a suite came to on one side. Derived from the journal, never counted along the way. */
export interface Totals extends Spending {
  readonly cases: number;
  /** Cases of which every gating scorer reached the pass mark in the mean of their repeats. */
  readonly passed: number;
  readonly failed: number;
  /** Cases of which no repeat gave a score. */
  readonly errors: number;
  /** Mean of each scorer over the cases. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface ScoredCase {
  readonly id: string;
  /** The scores of each scorer, by repeat; a repeat without a score is left out. */
  readonly scores: Readonly<Record<string, readonly number[]>>;
  readonly errors: readonly string[];
  /** Why a score is below 1, as the scorer said it, each once. */
  readonly reasons: readonly string[];
}

/** The side of a case that has scores of its own. */
export type ScoredSide = Exclude<Side, "both">;

/** The cases of a side in the order of their first result. */
export function casesOf(
  results: readonly CellResult[],
  side: ScoredSide,
  scorers: Pick<ScorerNames, "all" | "pairs">,
): readonly ScoredCase[] {
  const byId = new Map<string, { readonly own: CellResult[]; readonly pairs: CellResult[] }>();
  for (const result of results) {
    if (result.side !== side && result.side !== "both") continue;
    const cells = byId.get(result.case) ?? { own: [], pairs: [] };
    byId.set(result.case, cells);
    (result.side === "both" ? cells.pairs : cells.own).push(result);
  }
  return [...byId].map(([id, cells]) => {
    const own = cells.own.toSorted(byRepeat);
    const pairs = cells.pairs.toSorted(byRepeat);
    const scoresOf = (name: string): readonly number[] =>
      scorers.pairs.has(name)
        ? pairs.flatMap((cell) => wonBy(side, cell, name))
        : own.flatMap((cell) => scoreOf(cell, name));
    const told = side === "after" ? [...own, ...pairs] : own;
    return {
      id,
      scores: Object.fromEntries(scorers.all.map((name) => [name, scoresOf(name)])),
      errors: told.flatMap((cell) => ("error" in cell ? [cell.error] : [])),
      reasons: [...new Set(told.flatMap(reasonsOf))],
    };
  });
}

function byRepeat(left: CellResult, right: CellResult): number {
  return left.repeat - right.repeat;
}

export function totalsOf(results: readonly CellResult[], side: ScoredSide, scorers: ScorerNames): Totals {
  const hasScore = ({ scores }: ScoredCase): boolean => scorers.all.some((name) => (scores[name] ?? []).length > 0);
  // An answer that waits to be judged side by side is no finished case yet.
  const cases = casesOf(results, side, scorers).filter((entry) => hasScore(entry) || entry.errors.length > 0);
  const scored = cases.filter(hasScore);
  const passed = scored.filter((entry) => isPassed(entry, scorers));
  return {
    cases: cases.length,
    passed: passed.length,
    failed: scored.length - passed.length,
    errors: cases.length - scored.length,
    ...spendingOf(results.filter((result) => result.side === side)),
    scores: Object.fromEntries(scorers.all.flatMap((name) => meanOf(name, scored))),
  };
}

/** Results that were kept take nothing. */
export function spendingOf(cells: readonly CellResult[]): Spending {
  const sum = (pick: (cell: CellResult) => number): number =>
    cells.reduce((total, cell) => total + (cell.spent.kept === true ? 0 : pick(cell)), 0);
  return {
    cells: cells.length,
    kept: cells.filter(({ spent }) => spent.kept === true).length,
    infrastructure: cells.filter(({ outcome }) => outcome === "infrastructure").length,
    defects: cells.filter(({ outcome }) => outcome === "defect").length,
    inputTokens: sum(({ spent }) => spent.inputTokens),
    outputTokens: sum(({ spent }) => spent.outputTokens),
    modelCalls: sum(({ spent }) => spent.modelCalls),
    costUsd: sum(({ spent }) => spent.costUsd ?? 0),
  };
}

/** Half of a judgement side by side is a draw, which is no failure. */
const DRAW = 0.5;

/** Whether each gating scorer reached its mark in the mean of the repeats. */
export function isPassed({ scores }: ScoredCase, { gating, pairs, passAt }: ScorerNames): boolean {
  return [...gating].every((name) => {
    const given = scores[name] ?? [];
    return given.length > 0 && mean(given) >= (pairs.has(name) ? DRAW : passAt);
  });
}

/** Both sides of each case, for one scorer. */
export function pairsOf(
  results: readonly CellResult[],
  scorer: string,
  { groups, pairs }: { readonly groups?: ReadonlyMap<string, string>; readonly pairs: ReadonlySet<string> },
): readonly PairedCase[] {
  const only = { all: [scorer], pairs };
  const before = new Map(casesOf(results, "before", only).map((entry) => [entry.id, entry.scores[scorer] ?? []]));
  return casesOf(results, "after", only).map(({ id, scores }) => {
    const group = groups?.get(id);
    return { id, ...(group === undefined ? {} : { group }), before: before.get(id) ?? [], after: scores[scorer] ?? [] };
  });
}

/** A target that failed by itself gave a wrong answer; what the infrastructure or the suite did is no score. */
function scoreOf(cell: CellResult, scorer: string): readonly number[] {
  switch (cell.outcome) {
    case "scored": {
      const given = cell.scores[scorer];
      return given === undefined ? [] : [given.score];
    }
    case "wrong":
      return [0];
    case "infrastructure":
    case "defect":
      return [];
    default:
      return cell satisfies never;
  }
}

/** What a side won where both were judged at once: the scores of such a cell are those of the later side. */
function wonBy(side: ScoredSide, cell: CellResult, scorer: string): readonly number[] {
  const given = cell.outcome === "scored" ? cell.scores[scorer] : undefined;
  if (given === undefined) return [];
  return [side === "after" ? given.score : 1 - given.score];
}

function reasonsOf(cell: CellResult): readonly string[] {
  if (cell.outcome !== "scored") return [];
  return Object.values(cell.scores).flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
}

function meanOf(name: string, cases: readonly ScoredCase[]): readonly (readonly [string, number])[] {
  const means = cases.flatMap(({ scores }) => {
    const given = scores[name] ?? [];
    return given.length === 0 ? [] : [mean(given)];
  });
  return means.length === 0 ? [] : [[name, mean(means)]];
}
