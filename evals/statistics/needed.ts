import { mean, type PairedCase } from "./pairs.ts";
import type { Comparison } from "./compare.ts";

/** How much more would decide a comparison, if the next cases are like those seen. */
export interface Needed {
  /** Cases in all, at today's repeats; undefined when the difference lies so near to the margin that no number decides. */
  readonly cases?: number;
  /** Repeats of each case, with today's cases; undefined when the cases differ so much that repeats do not help. */
  readonly repeats?: number;
}

/** Standard errors between an estimate and a bound that decides, at 95 %, with a little to spare. */
const CERTAIN = 1.96 * 1.1;

/** What would bring an undecided comparison to a verdict. */
export function neededFor(cases: readonly PairedCase[], comparison: Comparison, margin: number): Needed {
  const both = cases.filter(({ before, after }) => before.length > 0 && after.length > 0);
  if (both.length < 2) return { cases: Math.ceil(3 / margin) };
  const { estimate } = comparison;
  const distance = estimate < -margin ? -estimate : estimate + margin;
  const differences = both.map(({ before, after }) => mean(after) - mean(before));
  const total = variance(differences);
  if (total === 0) return { cases: Math.ceil(3 / margin) };
  if (distance <= 0) return {};
  const target = (distance / CERTAIN) ** 2;
  const needed = Math.ceil(Math.max(total / target, noneWorse(differences) ? 3 / (estimate + margin) : 0));
  const noise = mean(both.map(({ before, after }) => noiseOf(before) + noiseOf(after)));
  const lasting = Math.max(0, total - noise);
  const room = target * both.length - lasting;
  const repeats = repeatsOf(both);
  const wanted = room > 0 && noise > 0 ? Math.ceil((noise * repeats) / room) : undefined;
  return {
    ...(needed > both.length ? { cases: needed } : {}),
    ...(wanted === undefined || wanted <= repeats ? {} : { repeats: wanted }),
  };
}

function noneWorse(differences: readonly number[]): boolean {
  return differences.every((difference) => difference >= 0);
}

/** Variance of a case's mean that comes from its repeats. */
function noiseOf(scores: readonly number[]): number {
  return scores.length < 2 ? 0 : variance(scores) / scores.length;
}

function repeatsOf(cases: readonly PairedCase[]): number {
  return Math.max(...cases.map(({ before, after }) => Math.min(before.length, after.length)));
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
