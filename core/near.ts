import { closest, distance } from "fastest-levenshtein";

/** The known name that a mistyped one probably means; undefined when none is close. */
export function nearName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(name, known);
  // Two letters that changed places count as two changes.
  return distance(name, nearest) <= Math.max(name.length > 3 ? 2 : 1, Math.floor(name.length / 3))
    ? nearest
    : undefined;
}
