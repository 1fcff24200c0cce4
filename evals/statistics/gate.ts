import { compare, type Comparison } from "./compare.ts";
import { holmAdjusted } from "./holm.ts";
import type { EvidenceOptions } from "./interval.ts";
import { binomialTail } from "./mcnemar.ts";
import { type Needed, neededFor } from "./needed.ts";
import { mean, type PairedCase } from "./pairs.ts";

export type GateVerdict = "pass" | "regression" | "inconclusive";

/** A case of which each scorer has a score. */
export interface GatedScorer {
  readonly name: string;
  /** Only gating scorers decide; the others inform. */
  readonly gates: boolean;
  readonly cases: readonly PairedCase[];
  /** Ids of cases that must not fall. */
  readonly mustPass: ReadonlySet<string>;
}

export interface JudgedScorer extends Comparison {
  readonly name: string;
  readonly gates: boolean;
  readonly verdict: GateVerdict;
  /** `chanceOfNoDrop` after Holm's adjustment over the gating scorers; as it was for one that does not gate. */
  readonly adjustedChance: number;
  /** Must-pass cases that fell further than they flake. */
  readonly broken: readonly string[];
  /** What would decide it; only when it is inconclusive. */
  readonly needed?: Needed;
}

export interface JudgeOptions extends Partial<EvidenceOptions> {
  /** The drop that counts, between 0 and 1. */
  readonly margin: number;
}

export interface Judgement {
  readonly verdict: GateVerdict;
  readonly scorers: readonly JudgedScorer[];
}

/**
 * Non-inferiority with a margin. A scorer regressed when a must-pass case broke, or when a drop is proven and larger than the margin; it
 * passes when a drop as large as the margin is ruled out; else it is inconclusive. One regression decides (Holm keeps the level); to pass,
 * every gating scorer has to.
 */
export function judge(scorers: readonly GatedScorer[], options: JudgeOptions): Judgement {
  const { margin, confidence = 0.95 } = options;
  const level = (1 - confidence) / 2;
  const compared = scorers.map((scorer) => ({ scorer, comparison: compare(scorer.cases, options) }));
  const gating = compared.filter(({ scorer }) => scorer.gates);
  const adjusted = new Map(
    holmAdjusted(gating.map(({ comparison }) => comparison.chanceOfNoDrop)).map((chance, at) => [
      gating[at]?.scorer,
      chance,
    ]),
  );
  const judged = compared.map(({ scorer, comparison }): JudgedScorer => {
    const adjustedChance = adjusted.get(scorer) ?? comparison.chanceOfNoDrop;
    const broken = brokenCases(scorer);
    const fell = adjustedChance <= level && comparison.estimate < -margin;
    const held = comparison.low > -margin;
    const verdict = broken.length > 0 || fell ? "regression" : held ? "pass" : "inconclusive";
    const { name, gates, cases } = scorer;
    const needed = verdict === "inconclusive" ? { needed: neededFor(cases, comparison, margin) } : {};
    return { name, gates, ...comparison, verdict, adjustedChance, broken, ...needed };
  });
  return { verdict: verdictOf(judged.filter(({ gates }) => gates)), scorers: judged };
}

function verdictOf(gating: readonly JudgedScorer[]): GateVerdict {
  if (gating.some(({ verdict }) => verdict === "regression")) return "regression";
  return gating.length > 0 && gating.every(({ verdict }) => verdict === "pass") ? "pass" : "inconclusive";
}

/** A must-pass case is broken when it failed more often than its failures before make likely; one that never failed may not fail at all. */
function brokenCases({ cases, mustPass }: GatedScorer): readonly string[] {
  return cases
    .filter(({ id, before, after }) => {
      if (!mustPass.has(id) || before.length === 0 || after.length === 0) return false;
      const failed = after.filter((score) => score < 1).length;
      const flakes = before.filter((score) => score < 1).length / before.length;
      if (mean(after) >= mean(before)) return false;
      return flakes === 0 ? failed > 0 : binomialTail(after.length, failed, flakes) < 0.05;
    })
    .map(({ id }) => id);
}
