/** One case on both sides of a comparison. Scores lie between 0 and 1, one for each repeat that ended with a score on its side. */
export interface PairedCase {
  readonly id: string;
  /** Cases of one group (a conversation, a document) rise and fall together, so they are drawn together. @default the case alone */
  readonly group?: string;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The differences after − before, summed within each group of cases that belong together. */
export interface Differences {
  /** Sum of the differences of a group's cases. */
  readonly sums: Float64Array;
  /** How many cases a group has. */
  readonly sizes: Float64Array;
  readonly cases: number;
  /** Mean over the cases. */
  readonly mean: number;
  /** Cases whose mean score fell. */
  readonly worse: number;
}

/** Takes each case's mean over its repeats, and its difference. A case that has no score on one side is left out. */
export function differencesOf(cases: readonly PairedCase[]): Differences {
  const groups = new Map<string, { sum: number; size: number }>();
  let total = 0;
  let count = 0;
  let worse = 0;
  for (const { id, group, before, after } of cases) {
    if (before.length === 0 || after.length === 0) continue;
    const difference = mean(after) - mean(before);
    const key = group === undefined ? `case ${id}` : `group ${group}`;
    const found = groups.get(key) ?? { sum: 0, size: 0 };
    groups.set(key, { sum: found.sum + difference, size: found.size + 1 });
    total += difference;
    count += 1;
    if (difference < 0) worse += 1;
  }
  const clusters = [...groups.values()];
  return {
    sums: Float64Array.from(clusters, ({ sum }) => sum),
    sizes: Float64Array.from(clusters, ({ size }) => size),
    cases: count,
    mean: count === 0 ? 0 : total / count,
    worse,
  };
}

/** NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
