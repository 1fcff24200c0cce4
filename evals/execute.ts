import { withFetch } from "../models/scoped-fetch.ts";
import type { Case } from "./case.ts";
import type { Tape } from "./cassettes/cassette.ts";
import type { CellOutcome } from "./cell.ts";
import { failureOf, NO_TRACE, scoreWith, spentOf } from "./score-with.ts";
import type { ScorerTools } from "./scorer.ts";
import type { SuiteScorer } from "./suite.ts";
import type { OpenTarget } from "./target.ts";

export interface Execute {
  readonly target: OpenTarget;
  readonly case: Case;
  readonly scorers: readonly SuiteScorer[];
  readonly signal: AbortSignal;
  /** Asks judges and makes vectors, for the scorers that need it. */
  readonly tools?: Omit<ScorerTools, "signal">;
  /** Where the model calls are recorded or replayed. @default nowhere */
  readonly tape?: Tape;
}

/**
 * Runs a case once and scores it. What the target got wrong by itself counts as an answer; what the provider, a recording or a scorer did is no
 * score. Throws only when the signal aborted.
 */
export async function executeCell(call: Execute): Promise<CellOutcome> {
  return await onTape(call.tape, () => runAndScore(call));
}

/** Does the work with its model calls recorded or replayed; a call that no recording answers fails it, also where that was swallowed. */
export async function onTape(tape: Tape | undefined, work: () => Promise<CellOutcome>): Promise<CellOutcome> {
  if (tape === undefined) return await work();
  const outcome = await withFetch(tape.wrap, work);
  const [miss] = tape.misses;
  return miss === undefined ? outcome : { outcome: "infrastructure", error: miss, spent: outcome.spent };
}

async function runAndScore({ target, case: given, scorers, signal, tools = {} }: Execute): Promise<CellOutcome> {
  // What a target throws was no answer of its: it took nothing that is known.
  const execution = await target.run(given, signal).catch((error: unknown) => ({ error, trace: NO_TRACE }));
  signal.throwIfAborted();
  if ("error" in execution) return failureOf(execution.error, spentOf(execution.trace));
  const { output, trace } = execution;
  const { input, expected, recalled } = given;
  const scored = { input, output, expected, trace, ...(recalled === undefined ? {} : { recalled }) };
  return await scoreWith(scorers, ({ scorer }, used) => scorer.score(scored, used), { output, trace, tools, signal });
}
