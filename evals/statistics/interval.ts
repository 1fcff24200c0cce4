/** An estimate of a mean difference, and the values that the data do not speak against. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** What the data say of a mean difference. */
export interface Evidence extends Interval {
  readonly method: "bootstrap" | "sign-flip";
  /** How often a mean as low as this one comes up although the true one is `value`: small speaks for "worse than `value`". */
  chanceOfLess(value: number): number;
}

export interface EvidenceOptions {
  /** The share of such intervals that hold the truth. @default 0.95 */
  readonly confidence: number;
  readonly seed: number;
  /** @default 10000 */
  readonly resamples: number;
}

/** How many of the ascending `values` are at least `value`. */
export function countAtLeast(values: Float64Array, value: number): number {
  return values.length - firstAtLeast(values, value);
}

function firstAtLeast(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
