/** Words as small numbers: what the indexes of one scope share. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();

  /** The numbers of the words; words that are new get the next free ones. */
  learn(words: readonly string[]): number[] {
    return words.map((word) => {
      const known = this.#numbers.get(word);
      if (known !== undefined) return known;
      this.#numbers.set(word, this.#numbers.size);
      return this.#numbers.size - 1;
    });
  }

  /** The numbers of the words, -1 for a word never learned. */
  lookUp(words: readonly string[]): number[] {
    return words.map((word) => this.#numbers.get(word) ?? -1);
  }
}

export interface Bm25Settings {
  /** How soon a repeated term stops to count. */
  readonly k1: number;
  /** How much long documents are held back: 0 not at all, 1 fully. */
  readonly b: number;
}

/** A term of a query and how often it is asked for. */
export type QueryTerms = ReadonlyMap<number, number>;

/** Counts the terms of a query; unknown words (-1) find nothing and are left out. */
export function countTerms(numbers: readonly number[]): QueryTerms {
  const counts = new Map<number, number>();
  for (const number of numbers) if (number >= 0) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

const MOST_REPEATS_IN_QUERY = 3;

/** BM25 over numbered documents that may still grow. A posting list alternates document and count. */
export class TermIndex {
  readonly #settings: Bm25Settings;
  readonly #postings: number[][] = [];
  readonly #lengths: number[] = [];
  #totalLength = 0;

  constructor(settings: Bm25Settings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#lengths.length;
  }

  /** Adds terms to a document, a new one or the one of that number; each counts `weight` times. */
  add(document: number, numbers: readonly number[], weight = 1): void {
    this.lengthen(document, numbers.length * weight);
    for (const number of numbers) {
      const postings = (this.#postings[number] ??= []);
      const at = placeOf(postings, document);
      if (postings[at] === document) postings[at + 1] = (postings[at + 1] ?? 0) + weight;
      else if (at === postings.length) postings.push(document, weight);
      else postings.splice(at, 0, document, weight);
    }
  }

  /** Makes a document longer without giving it a term. */
  lengthen(document: number, by: number): void {
    this.#lengths[document] = (this.#lengths[document] ?? 0) + by;
    this.#totalLength += by;
  }

  postings(number: number): readonly number[] {
    return this.#postings[number] ?? [];
  }

  /** The BM25 score of every document. */
  scores(query: QueryTerms): Float64Array {
    const scores = new Float64Array(this.size);
    for (const [number, asked] of query) this.addScores(scores, this.postings(number), asked);
    return scores;
  }

  /** Adds what one term, asked for `asked` times and found as `postings` say, gives to each document. */
  addScores(scores: Float64Array, postings: readonly number[], asked: number): void {
    const { k1, b } = this.#settings;
    const found = postings.length / 2;
    const rarity = Math.log(1 + (this.size - found + 0.5) / (found + 0.5)) * Math.min(asked, MOST_REPEATS_IN_QUERY);
    const average = this.#totalLength / this.size || 1;
    for (let at = 0; at < postings.length; at += 2) {
      const document = postings[at] ?? 0;
      const count = postings[at + 1] ?? 0;
      const length = this.#lengths[document] ?? 0;
      const share = (count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / average));
      scores[document] = (scores[document] ?? 0) + rarity * share;
    }
  }
}

/** Where the document stands, or would stand, in a posting list, which is sorted by document. */
function placeOf(postings: readonly number[], document: number): number {
  let low = 0;
  let high = postings.length / 2;
  // Documents mostly arrive in order, so the end is the place.
  if (high > 0 && (postings[postings.length - 2] ?? 0) < document) return postings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((postings[middle * 2] ?? 0) < document) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}
