import { MOST_REPEATS_IN_QUERY, rarity, type TermIndex } from "./term-index.ts";

/** Where one thing that a query asks for, a word or a pair of words, stands in one index. */
export interface Match {
  readonly key: string;
  /** How loud it is asked for: the number of times, or less than 1 for a word that is only akin. */
  readonly asked: number;
  readonly postings: readonly number[];
}

/** What a query finds in one index. */
export interface Matched {
  readonly index: TermIndex;
  readonly matches: readonly Match[];
}

/**
 * The BM25 scores of every document of every index, as if they were one: a word is as rare, and a document as long, as it is among the
 * documents of all.
 */
export function scoreTogether(found: readonly Matched[]): readonly Float64Array[] {
  const documents = found.reduce((sum, { index }) => sum + index.size, 0);
  const length = found.reduce((sum, { index }) => sum + index.totalLength, 0);
  const holding = new Map<string, number>();
  for (const { matches } of found)
    for (const { key, postings } of matches) holding.set(key, (holding.get(key) ?? 0) + postings.length / 2);
  return found.map(({ index, matches }) => {
    const scores = new Float64Array(index.size);
    for (const { key, asked, postings } of matches) {
      const weight = rarity(documents, holding.get(key) ?? 0) * Math.min(asked, MOST_REPEATS_IN_QUERY);
      index.addScores(scores, postings, { weight, average: length / documents || 1 });
    }
    return scores;
  });
}
