import { terms } from "../../core/terms.ts";
import type { Ranked } from "./ranking.ts";

const NEAR_DUPLICATE = 0.8;
const MOST_KEPT = 100;

/** Drops what says nearly the same as something better, best first. */
export function withoutRepeats(ranked: readonly Ranked[]): readonly Ranked[] {
  const kept: { readonly entry: Ranked; readonly words: ReadonlySet<string> }[] = [];
  for (const entry of ranked) {
    // Each is compared with all kept before it; nobody asks for more answers than this.
    if (kept.length >= MOST_KEPT) break;
    const words = new Set(terms(entry.candidate.text));
    if (kept.every((other) => similarity(words, other.words) < NEAR_DUPLICATE)) kept.push({ entry, words });
  }
  return kept.map(({ entry }) => entry);
}

/** Share of common words in the smaller text when it is not much smaller, so that a cut sentence repeats the whole one. */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  // Sentences that differ in a figure say different things: "Node 20 …", "Node 22 …".
  if (hasOtherFigures(a, b) && hasOtherFigures(b, a)) return 0;
  const common = [...a].filter((word) => b.has(word)).length;
  const smaller = Math.min(a.size, b.size);
  return smaller === 0
    ? Number(a.size === b.size)
    : (common / smaller) * (smaller / Math.max(a.size, b.size) >= 0.6 ? 1 : 0.8);
}

function hasOtherFigures(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((word) => /\d/u.test(word) && !b.has(word));
}
