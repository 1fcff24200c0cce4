import type { LayerName } from "./item.ts";
import { type LexicalIndex, rankTogether } from "./lexical.ts";

/** What the process knows of each layer without asking it; a layer may consist of several places. */
export type Sketches = { readonly [layer in LayerName]?: readonly LexicalIndex[] };

/** How well the query would do in each layer of which there is a sketch. */
export interface LayerScores {
  /** The score of the best item in each place of the layer. */
  readonly best: { readonly [layer in LayerName]?: readonly number[] };
  /** The best two items, the second at half: what the router compares, since evidence often lies in more than one place. */
  readonly promise: { readonly [layer in LayerName]?: number };
}

/** Scores all sketches as if they were one index, so that a layer's score says how much better it is than the others. */
export function scoreLayers(query: string, sketches: Sketches): LayerScores {
  const known = LAYERS.flatMap((layer) => (sketches[layer] ?? []).map((index) => ({ layer, index })));
  const rankings = rankTogether(
    query,
    known.map(({ index }) => index),
  );
  const best: { [layer in LayerName]?: readonly number[] } = {};
  const promise: { [layer in LayerName]?: number } = {};
  for (const layer of LAYERS) {
    if (sketches[layer] === undefined) continue;
    const scores = known.flatMap((place, at) => (place.layer === layer ? [rankings[at]?.scores ?? NONE] : []));
    const [first, second] = topTwo(scores);
    best[layer] = scores.map((place) => topTwo([place])[0]);
    promise[layer] = first + second / 2;
  }
  return { best, promise };
}

const LAYERS: readonly LayerName[] = ["context", "session", "vector"];
const NONE = new Float64Array();

function topTwo(lists: readonly Float64Array[]): readonly [first: number, second: number] {
  let first = 0;
  let second = 0;
  for (const scores of lists)
    for (const score of scores) {
      if (score > first) [first, second] = [score, first];
      else if (score > second) second = score;
    }
  return [first, second];
}
