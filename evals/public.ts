/** Eval suites in TypeScript: what `*.eval.ts` files import. */
export type { CaseSpec } from "./case.ts";
export type { Score, Scored, Scorer, Trace, TracedNode, TracedTool } from "./scorer.ts";
export { defineEval, type EvalSpec, type ScorerFunction, type Suite, type UserScore } from "./suite.ts";
