import type { LayerName, RecalledItem } from "./item.ts";
import { isNearlySame, type Wording, wordingOf } from "./nearly-same.ts";

/** What one layer, or one place of a layer, answered: best first. */
export interface LayerAnswer {
  readonly items: readonly RecalledItem[];
  /** How good its best item is, on a scale that all answers with such a number share. */
  readonly best?: number;
}

/**
 * Joins what several layers recalled, best first, without repeats, at most `limit` items. Scores of different layers cannot be
 * compared, so each is measured by the best of its layer, and that by how good it is among the layers. Where this is not known, a small
 * share of the places is kept for every layer.
 */
export function mergeRecalled(answers: readonly LayerAnswer[], limit: number): readonly RecalledItem[] {
  const highest = Math.max(0, ...answers.map(({ best }) => best ?? 0));
  const ranked = withoutRepeats(
    answers
      .flatMap(({ items, best }) => {
        const weight = best === undefined || highest === 0 ? 1 : best / highest;
        return items.map((item, place) => ({ item, place, strength: weight * strengthOf(item, items) }));
      })
      .toSorted((one, other) => other.strength - one.strength || one.place - other.place),
  );
  const answering = answers.filter(({ items }) => items.length > 0);
  const isComparable = answering.every(({ best }) => best !== undefined);
  const share = isComparable ? 0 : Math.max(1, Math.floor(limit / (2 * Math.max(1, answers.length))));
  const kept = new Set<Candidate>();
  const taken = new Map<LayerName, number>();
  for (const candidate of ranked) {
    const { layer } = candidate.item;
    const most = candidate.strength > 0 ? share : 1;
    if ((taken.get(layer) ?? 0) >= most || kept.size >= limit) continue;
    taken.set(layer, (taken.get(layer) ?? 0) + 1);
    kept.add(candidate);
  }
  for (const candidate of ranked) if (kept.size < limit) kept.add(candidate);
  return ranked.filter((candidate) => kept.has(candidate)).map(({ item }) => item);
}

interface Candidate {
  readonly item: RecalledItem;
  /** Its place in its layer. */
  readonly place: number;
  /** Its score as a share of the best of its layer; 0 for an item that was recalled only because it is new. */
  readonly strength: number;
}

function strengthOf(item: RecalledItem, layer: readonly RecalledItem[]): number {
  if ("newest" in item.why) return 0;
  const best = Math.max(...layer.map(({ score }) => score));
  return best > 0 ? item.score / best : 0;
}

/** The same from two places, or nearly the same, is said once: the better ranked stays. */
function withoutRepeats(ranked: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  const kept: { readonly candidate: Candidate; readonly wording: Wording }[] = [];
  for (const candidate of ranked) {
    const wording = wordingOf(candidate.item.text);
    if (seen.has(wording.text)) continue;
    seen.add(wording.text);
    if (!kept.some((other) => isNearlySame(wording, other.wording))) kept.push({ candidate, wording });
  }
  return kept.map(({ candidate }) => candidate);
}
