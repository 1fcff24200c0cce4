import type { Interval } from "./interval.ts";
import { normalQuantile } from "./normal.ts";

/** Wilson's score interval of a rate (Wilson 1927): stays in 0–1 and holds its level for few cases and for rates near the ends. */
export function wilsonInterval(successes: number, trials: number, confidence = 0.95): Interval {
  if (trials === 0) return { estimate: Number.NaN, low: 0, high: 1 };
  const z = normalQuantile(0.5 + confidence / 2);
  const rate = successes / trials;
  const scale = 1 + (z * z) / trials;
  const centre = (rate + (z * z) / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  return { estimate: rate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** What was never seen in `trials` may still happen in this share of all cases (95 %; Hanley and Lippman-Hand 1983). */
export function ruleOfThree(trials: number): number {
  return trials === 0 ? 1 : Math.min(1, 3 / trials);
}
