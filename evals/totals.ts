import type { CellResult, Side } from "./cell.ts";
import { mean, type PairedCase } from "./statistics/pairs.ts";

/** What a suite came to on one side. Derived from the journal, never counted along the way. */
export interface Totals {
  readonly cases: number;
  /** Cases of which every gating scorer reached the pass mark in the mean of their repeats. */
  readonly passed: number;
  readonly failed: number;
  /** Cases of which no repeat gave a score. */
  readonly errors: number;
  readonly cells: number;
  /** Of the cells, those whose results an earlier eval run left. */
  readonly kept: number;
  readonly infrastructure: number;
  readonly defects: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly modelCalls: number;
  readonly costUsd: number;
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

/** Names of a suite's scorers, and which of them gate. */
export interface ScorerNames {
  readonly all: readonly string[];
  readonly gating: ReadonlySet<string>;
  /** Mean score from which a case counts as passed. */
  readonly passAt: number;
}

/** The cases of a side in the order of their first result. */
export function casesOf(results: readonly CellResult[], side: Side, scorers: readonly string[]): readonly ScoredCase[] {
  const byId = new Map<string, CellResult[]>();
  for (const result of results) {
    if (result.side !== side) continue;
    const known = byId.get(result.case);
    if (known === undefined) byId.set(result.case, [result]);
    else known.push(result);
  }
  return [...byId].map(([id, cells]) => {
    const inOrder = cells.toSorted((left, right) => left.repeat - right.repeat);
    return {
      id,
      scores: Object.fromEntries(scorers.map((name) => [name, inOrder.flatMap((cell) => scoreOf(cell, name))])),
      errors: inOrder.flatMap((cell) => ("error" in cell ? [cell.error] : [])),
      reasons: [...new Set(inOrder.flatMap(reasonsOf))],
    };
  });
}

export function totalsOf(results: readonly CellResult[], side: Side, scorers: ScorerNames): Totals {
  const cells = results.filter((result) => result.side === side);
  const cases = casesOf(cells, side, scorers.all);
  const scored = cases.filter(({ scores }) => scorers.all.some((name) => (scores[name] ?? []).length > 0));
  const passed = scored.filter(({ scores }) =>
    [...scorers.gating].every((name) => reaches(scores[name], scorers.passAt)),
  );
  const sum = (pick: (cell: CellResult) => number): number =>
    cells.reduce((total, cell) => total + (cell.spent.kept === true ? 0 : pick(cell)), 0);
  return {
    cases: cases.length,
    passed: passed.length,
    failed: scored.length - passed.length,
    errors: cases.length - scored.length,
    cells: cells.length,
    kept: cells.filter(({ spent }) => spent.kept === true).length,
    infrastructure: cells.filter(({ outcome }) => outcome === "infrastructure").length,
    defects: cells.filter(({ outcome }) => outcome === "defect").length,
    inputTokens: sum(({ spent }) => spent.inputTokens),
    outputTokens: sum(({ spent }) => spent.outputTokens),
    modelCalls: sum(({ spent }) => spent.modelCalls),
    costUsd: sum(({ spent }) => spent.costUsd ?? 0),
    scores: Object.fromEntries(scorers.all.flatMap((name) => meanOf(name, scored))),
  };
}

/** Both sides of each case, for one scorer. */
export function pairsOf(
  results: readonly CellResult[],
  scorer: string,
  groups: ReadonlyMap<string, string>,
): readonly PairedCase[] {
  const before = new Map(casesOf(results, "before", [scorer]).map((entry) => [entry.id, entry.scores[scorer] ?? []]));
  return casesOf(results, "after", [scorer]).map(({ id, scores }) => {
    const group = groups.get(id);
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

function reasonsOf(cell: CellResult): readonly string[] {
  if (cell.outcome !== "scored") return [];
  return Object.values(cell.scores).flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
}

function reaches(scores: readonly number[] | undefined, passAt: number): boolean {
  return scores !== undefined && scores.length > 0 && mean(scores) >= passAt;
}

function meanOf(name: string, cases: readonly ScoredCase[]): readonly (readonly [string, number])[] {
  const means = cases.flatMap(({ scores }) => {
    const given = scores[name] ?? [];
    return given.length === 0 ? [] : [mean(given)];
  });
  return means.length === 0 ? [] : [[name, mean(means)]];
}
