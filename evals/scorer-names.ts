import type { PlannedSuite } from "./plan.ts";

/** Names of a suite's scorers, and what they are. */
export interface ScorerNames {
  readonly all: readonly string[];
  readonly gating: ReadonlySet<string>;
  /** Those that judge both sides at once. */
  readonly pairs: ReadonlySet<string>;
  /** Mean score from which a case counts as passed. */
  readonly passAt: number;
}

/** The scorers that play a part: those that judge pairs need a baseline. */
export function scorerNamesOf({ suite, before }: Pick<PlannedSuite, "suite" | "before">): ScorerNames {
  const pairs = before === undefined ? [] : suite.pairScorers;
  const all = [...suite.scorers, ...pairs];
  return {
    all: all.map(({ scorer }) => scorer.name),
    gating: new Set(all.filter(({ gates }) => gates).map(({ scorer }) => scorer.name)),
    pairs: new Set(pairs.map(({ scorer }) => scorer.name)),
    passAt: suite.passAt,
  };
}
