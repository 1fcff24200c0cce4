/** A name in code also asks for its parts: `retryPolicy` for "retry policy". */
export function withNameParts(query: string): string {
  const names = query.match(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g) ?? [];
  return [query, ...names.map((name) => name.replace(/[A-Z]/g, " $&"))].join(" ");
}

export interface Pair {
  readonly first: number;
  readonly second: number;
  /** Where the second of them stands in the query, the first time. */
  readonly at: number;
  times: number;
}

/** The pairs of adjacent known terms of a query, each with how often it is asked for. */
export function pairsOf(numbers: readonly number[]): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  for (const [at, second] of numbers.entries()) {
    const first = numbers[at - 1] ?? -1;
    if (first < 0 || second < 0) continue;
    const known = pairs.get(`${first} ${second}`);
    if (known === undefined) pairs.set(`${first} ${second}`, { first, second, at, times: 1 });
    else known.times += 1;
  }
  return [...pairs.values()];
}

/** How often the second term follows the first at once. */
export function countPairs(sequence: Int32Array | undefined, first: number, second: number): number {
  let times = 0;
  if (sequence === undefined) return times;
  for (let at = 1; at < sequence.length; at += 1) if (sequence[at] === second && sequence[at - 1] === first) times += 1;
  return times;
}
