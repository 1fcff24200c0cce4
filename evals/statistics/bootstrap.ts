import type { Evidence, EvidenceOptions } from "./interval.ts";
import { countAtLeast } from "./interval.ts";
import type { Differences } from "./pairs.ts";
import { createRandom, type Random } from "./random.ts";

/**
 * Cluster bootstrap of the mean difference: whole groups are drawn with replacement (Efron and Tibshirani 1993, ch. 8; Miller 2024,
 * arXiv 2411.00640, for why evals need the groups). The spread is widened by √(n / (n − 1)), which the percentile method leaves out.
 */
export function bootstrapEvidence(differences: Differences, options: EvidenceOptions): Evidence {
  const { confidence, resamples, seed } = options;
  const means = resampledMeans(differences, resamples, createRandom(seed));
  means.sort();
  const tail = (1 - confidence) / 2;
  return {
    method: "bootstrap",
    estimate: differences.mean,
    low: quantile(means, tail),
    high: quantile(means, 1 - tail),
    // The resampled means spread around the estimate as the estimate would around the truth.
    chanceOfLess: (value) => (countAtLeast(means, value) + 1) / (resamples + 1),
  };
}

function resampledMeans(differences: Differences, resamples: number, random: Random): Float64Array {
  const { sums, sizes, mean } = differences;
  const groups = sums.length;
  const widen = groups > 1 ? Math.sqrt(groups / (groups - 1)) : 1;
  const single = sizes.every((size) => size === 1);
  const means = new Float64Array(resamples);
  for (let at = 0; at < resamples; at++) {
    const drawn = single ? meanOfDrawn(sums, random) : meanOfDrawnGroups(sums, sizes, random);
    means[at] = mean + (drawn - mean) * widen;
  }
  return means;
}

function meanOfDrawn(values: Float64Array, random: Random): number {
  const count = values.length;
  let sum = 0;
  for (let draw = 0; draw < count; draw++) sum += values[random.below(count)] ?? 0;
  return sum / count;
}

function meanOfDrawnGroups(sums: Float64Array, sizes: Float64Array, random: Random): number {
  const count = sums.length;
  let sum = 0;
  let size = 0;
  for (let draw = 0; draw < count; draw++) {
    const group = random.below(count);
    sum += sums[group] ?? 0;
    size += sizes[group] ?? 0;
  }
  return sum / size;
}

function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)] ?? Number.NaN;
  const above = ascending[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
