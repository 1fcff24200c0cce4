/** Words as small numbers: what the indexes of one scope share. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #byStart = new Map<string, string[]>();

  /** The numbers of the words; words that are new get the next free ones. */
  learn(words: readonly string[]): number[] {
    return words.map((word) => {
      const known = this.#numbers.get(word);
      if (known !== undefined) return known;
      this.#numbers.set(word, this.#numbers.size);
      this.#listByStart(word);
      return this.#numbers.size - 1;
    });
  }

  /** The numbers of the words, -1 for a word never learned. */
  lookUp(words: readonly string[]): number[] {
    return words.map((word) => this.#numbers.get(word) ?? -1);
  }

  /** The known words that differ only in their endings, such as "adopt" for "adoption": what no stemmer brings together. */
  relatives(word: string): readonly string[] {
    const alike = LETTERS.test(word) ? (this.#byStart.get(word.slice(0, START_LENGTH)) ?? []) : [];
    return alike.filter((other) => isRelative(word, other));
  }

  #listByStart(word: string): void {
    if (!LETTERS.test(word)) return;
    const start = word.slice(0, START_LENGTH);
    const known = this.#byStart.get(start);
    if (known === undefined) this.#byStart.set(start, [word]);
    else if (known.length < MOST_ALIKE) known.push(word);
  }
}

const START_LENGTH = 5;
const LETTERS = new RegExp(`^[a-z]{${START_LENGTH},}$`);
/** No language has so many words of one beginning: a hostile text has, and must not make every query slow. */
const MOST_ALIKE = 200;
const LONGEST_ENDING = 4;

function isRelative(one: string, other: string): boolean {
  if (one === other) return false;
  const shorter = Math.min(one.length, other.length);
  let shared = 0;
  while (shared < shorter && one[shared] === other[shared]) shared += 1;
  return shared >= shorter - 1 && Math.max(one.length, other.length) - shared <= LONGEST_ENDING;
}

export interface Bm25Settings {
  /** How soon a repeated term stops to count. */
  readonly k1: number;
  /** How much long documents are held back: 0 not at all, 1 fully. */
  readonly b: number;
}

/** A word that a query says more often than this asks no louder. */
export const MOST_REPEATS_IN_QUERY = 3;

/** How much a term says that so many of all documents hold. */
export function rarity(documents: number, holding: number): number {
  return Math.log(1 + (documents - holding + 0.5) / (holding + 0.5));
}

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

  get totalLength(): number {
    return this.#totalLength;
  }

  /** Adds to each document what one term gives it, which is found as `postings` say. `average` is the mean length of a document. */
  addScores(
    scores: Float64Array,
    postings: readonly number[],
    { weight, average }: { readonly weight: number; readonly average: number },
  ): void {
    const { k1, b } = this.#settings;
    for (let at = 0; at < postings.length; at += 2) {
      const document = postings[at] ?? 0;
      const count = postings[at + 1] ?? 0;
      const length = this.#lengths[document] ?? 0;
      const share = (count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / average));
      scores[document] = (scores[document] ?? 0) + weight * share;
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
