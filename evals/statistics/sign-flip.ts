import type { Evidence, EvidenceOptions } from "./interval.ts";
import { countAtLeast } from "./interval.ts";
import type { Differences } from "./pairs.ts";
import { createRandom } from "./random.ts";

/** Up to this many groups every subset is looked at; above it as many as a bootstrap would draw. */
const EXACT_UP_TO = 20;

/**
 * Sign-flip permutation of few groups, turned into an interval. Flipping the signs of a subset moves the mean past a value exactly when the
 * subset's own mean lies beyond it, so the means of all subsets hold every p-value at once (Hartigan 1969, typical values).
 *
 * Below six groups there are too few subsets to speak against anything at 95 %: the interval is then the whole range.
 */
export function signFlipEvidence(differences: Differences, options: EvidenceOptions): Evidence {
  const means =
    differences.sums.length <= EXACT_UP_TO ? allSubsetMeans(differences) : someSubsetMeans(differences, options);
  means.sort();
  const outcomes = means.length + 1;
  const tail = Math.floor(((1 - options.confidence) / 2) * outcomes);
  return {
    method: "sign-flip",
    estimate: differences.mean,
    low: tail === 0 ? -1 : (means[tail - 1] ?? -1),
    high: tail === 0 ? 1 : (means[means.length - tail] ?? 1),
    chanceOfLess: (value) => (countAtLeast(means, value) + 1) / outcomes,
  };
}

/** The mean of every subset but the empty one. Each differs from the one before in one group (Gray code), so each costs one addition. */
function allSubsetMeans({ sums, sizes }: Differences): Float64Array {
  const groups = sums.length;
  const means = new Float64Array(2 ** groups - 1);
  let sum = 0;
  let size = 0;
  for (let at = 1; at <= means.length; at++) {
    const changed = Math.log2(at & -at);
    const enters = ((at ^ (at >>> 1)) & (1 << changed)) !== 0;
    const sign = enters ? 1 : -1;
    sum += sign * (sums[changed] ?? 0);
    size += sign * (sizes[changed] ?? 0);
    means[at - 1] = sum / size;
  }
  return means;
}

function someSubsetMeans({ sums, sizes }: Differences, { resamples, seed }: EvidenceOptions): Float64Array {
  const random = createRandom(seed);
  const means = new Float64Array(resamples);
  for (let at = 0; at < resamples; at++) {
    let sum = 0;
    let size = 0;
    while (size === 0) {
      sum = 0;
      for (let group = 0; group < sums.length; group++) {
        if (random.fraction() < 0.5) continue;
        sum += sums[group] ?? 0;
        size += sizes[group] ?? 0;
      }
    }
    means[at] = sum / size;
  }
  return means;
}
