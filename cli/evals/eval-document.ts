import type { Effect } from "../../evals/attribution.ts";
import type { SuiteOutcome, Verdict } from "../../evals/verdict.ts";
import type { OpenEvals } from "./open-evals.ts";

export interface EvalResult {
  readonly verdict: Verdict;
  readonly outcomes: readonly SuiteOutcome[];
  /** What single prompts did, where that was asked for. */
  readonly effects: readonly Effect[];
  readonly evals: OpenEvals;
}

/** What `eval --json` prints. */
export function evalDocument({ verdict, outcomes, effects, evals }: EvalResult): object {
  const sum = (pick: (outcome: SuiteOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  return {
    verdict,
    totals: {
      cases: sum(({ totals }) => totals.cases),
      passed: sum(({ totals }) => totals.passed),
      failed: sum(({ totals }) => totals.failed),
      errors: sum(({ totals }) => totals.errors),
    },
    suites: outcomes.map(({ results: _results, scorers: _names, comparison, ...outcome }) => ({
      ...outcome,
      ...(comparison === undefined ? {} : { scorers: comparison.scorers }),
    })),
    ...(evals.baseline === undefined
      ? {}
      : {
          comparison: {
            baseline: evals.baseline,
            unchanged: evals.unchanged,
            alone: Object.fromEntries(evals.alone),
            ...(effects.length === 0 ? {} : { effects }),
          },
        }),
    model: evals.project.model.model.ref,
  };
}
