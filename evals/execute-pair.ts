import type { Case } from "./case.ts";
import { type CellOutcome, NOTHING_SPENT } from "./cell.ts";
import { type Execute, onTape } from "./execute.ts";
import { NO_TRACE, scoreWith } from "./score-with.ts";
import type { AnswerPair, Score } from "./scorer.ts";
import type { SuitePairScorer } from "./suite.ts";

export interface ExecutePair extends Pick<Execute, "signal" | "tools" | "tape"> {
  readonly case: Case;
  readonly scorers: readonly SuitePairScorer[];
  /** What became of the case on each side. */
  readonly before: CellOutcome;
  readonly after: CellOutcome;
}

/**
 * Judges what both versions answered to a case. A side whose target failed by itself loses; where a side has no score, neither has the pair.
 * Throws only when the signal aborted.
 */
export async function executePair(call: ExecutePair): Promise<CellOutcome> {
  const { before, after, scorers, signal, tools = {}, tape } = call;
  if (hasNoScore(before) || hasNoScore(after))
    return { outcome: "infrastructure", error: "One of the two sides has no answer.", spent: NOTHING_SPENT };
  if (before.outcome === "wrong" || after.outcome === "wrong")
    return withoutJudge(scorers, {
      score: (Number(before.outcome === "wrong") + Number(after.outcome !== "wrong")) / 2,
    });
  const { input, expected, recalled } = call.case;
  const pair: AnswerPair = {
    input,
    expected,
    ...(recalled === undefined ? {} : { recalled }),
    before: before.output,
    after: after.output,
  };
  const scoring = { output: null, trace: NO_TRACE, tools, signal };
  return await onTape(tape, () => scoreWith(scorers, ({ scorer }, used) => scorer.compare(pair, used), scoring));
}

type Unscored = Extract<CellOutcome, { readonly outcome: "infrastructure" | "defect" }>;

function hasNoScore(side: CellOutcome): side is Unscored {
  return side.outcome === "infrastructure" || side.outcome === "defect";
}

function withoutJudge(scorers: readonly SuitePairScorer[], score: Score): CellOutcome {
  const scores = Object.fromEntries(scorers.map(({ scorer }) => [scorer.name, score]));
  return { outcome: "scored", scores, output: null, spent: NOTHING_SPENT };
}
