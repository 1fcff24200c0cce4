import type { MemoryItem, Origin, Trust } from "./item.ts";

const FROM_LEAST: readonly Trust[] = ["untrusted", "unreviewed", "reviewed"];

/** An item of which nothing is known was written by the app itself. */
export function trustOf({ origin }: Pick<MemoryItem, "origin">): Trust {
  return origin?.trust ?? "unreviewed";
}

export function isTrustedAs(item: MemoryItem, other: MemoryItem): boolean {
  return FROM_LEAST.indexOf(trustOf(item)) >= FROM_LEAST.indexOf(trustOf(other));
}

/**
 * The origin of what was made from other items: whatever removes one of those removes it too, and it is trusted no more than the least trusted of
 * them.
 */
export function derivedFrom(origin: Origin, sources: readonly MemoryItem[]): Origin {
  const known = sources.flatMap((source) => source.origin ?? []);
  if (known.length === 0) return origin;
  const least = FROM_LEAST.find((trust) => trust === origin.trust || known.some((source) => source.trust === trust));
  const runs = known.flatMap(({ run, from }) => [...(run === undefined ? [] : [run]), ...(from?.runs ?? [])]);
  const writers = known.flatMap(({ by, from }) => [by, ...(from?.writers ?? [])]);
  return {
    ...origin,
    trust: least ?? origin.trust,
    from: { runs: [...new Set(runs)].toSorted(), writers: [...new Set(writers)].toSorted() },
  };
}
