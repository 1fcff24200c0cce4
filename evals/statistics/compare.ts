import { bootstrapEvidence } from "./bootstrap.ts";
import type { Evidence, EvidenceOptions, Interval } from "./interval.ts";
import { mcNemarChance } from "./mcnemar.ts";
import { type Differences, differencesOf, type PairedCase } from "./pairs.ts";
import { signFlipEvidence } from "./sign-flip.ts";
import { ruleOfThree } from "./wilson.ts";

/** What one scorer says of two sides. */
export interface Comparison extends Interval {
  readonly method: "bootstrap" | "sign-flip" | "mcnemar" | "none";
  /** Cases that have a score on both sides, and the groups they form. */
  readonly cases: number;
  readonly groups: number;
  /** One-sided chance of such a drop if nothing had changed. */
  readonly chanceOfNoDrop: number;
}

/** From this many groups on the bootstrap holds its level; below it signs are flipped. */
const ENOUGH_FOR_BOOTSTRAP = 30;

/**
 * Compares the paired scores of one scorer. Repeats count through the mean of their case. Cases that passed or failed once on each side are
 * judged by the exact McNemar test; where no case fell, what was not seen may still happen, by the rule of three.
 */
export function compare(cases: readonly PairedCase[], options: Partial<EvidenceOptions> = {}): Comparison {
  const { confidence = 0.95, seed = 1, resamples = 10_000 } = options;
  const differences = differencesOf(cases);
  if (differences.cases === 0) return NOTHING_TO_COMPARE;
  const evidence = evidenceOf(differences, { confidence, seed, resamples });
  const unseen = differences.worse === 0 ? ruleOfThree(differences.sums.length) : 0;
  const low = Math.max(-1, Math.min(evidence.low, unseen === 0 ? evidence.low : evidence.estimate - unseen));
  const flips = singleFlips(cases);
  return {
    method: flips === undefined ? evidence.method : "mcnemar",
    estimate: evidence.estimate,
    low,
    high: evidence.high,
    cases: differences.cases,
    groups: differences.sums.length,
    chanceOfNoDrop: flips === undefined ? evidence.chanceOfLess(0) : mcNemarChance(flips),
  };
}

const NOTHING_TO_COMPARE: Comparison = {
  method: "none",
  estimate: 0,
  low: -1,
  high: 1,
  cases: 0,
  groups: 0,
  chanceOfNoDrop: 1,
};

function evidenceOf(differences: Differences, options: EvidenceOptions): Evidence {
  return differences.sums.length < ENOUGH_FOR_BOOTSTRAP
    ? signFlipEvidence(differences, options)
    : bootstrapEvidence(differences, options);
}

/** Cases that changed, when every case passed or failed once on each side and stands alone. */
function singleFlips(cases: readonly PairedCase[]): { readonly worse: number; readonly better: number } | undefined {
  let worse = 0;
  let better = 0;
  for (const { group, before, after } of cases) {
    if (before.length === 0 || after.length === 0) continue;
    const [was, ...moreBefore] = before;
    const [is, ...moreAfter] = after;
    if (group !== undefined || moreBefore.length > 0 || moreAfter.length > 0 || !isBinary(was) || !isBinary(is))
      return undefined;
    if (is < was) worse += 1;
    if (is > was) better += 1;
  }
  return { worse, better };
}

function isBinary(score: number | undefined): score is 0 | 1 {
  return score === 0 || score === 1;
}
