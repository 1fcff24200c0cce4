import { createHash } from "node:crypto";

import { terms } from "../core/terms.ts";
import type { SparseVector } from "./vector-index.ts";

/** How soon a repeated word stops to count. */
const K1 = 0.9;
const MOST_WORDS = 1_000;

/**
 * The words of a text as a sparse vector of length 1: each word is the number of its hash, so that every process gives it the same one without a
 * dictionary.
 */
export function sparseVector(text: string): SparseVector {
  const counts = new Map<number, number>();
  for (const term of terms(text).slice(0, MOST_WORDS)) {
    const number = createHash("sha256").update(term).digest().readUInt32BE(0);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const weights = [...counts]
    .map(([number, count]): [number, number] => [number, (count * (K1 + 1)) / (count + K1)])
    .toSorted(([one], [other]) => one - other);
  const length = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0));
  return {
    indices: weights.map(([number]) => number),
    values: weights.map(([, weight]) => weight / length),
  };
}
