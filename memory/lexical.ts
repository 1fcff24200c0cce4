import { terms } from "../core/terms.ts";
import type { MemoryItem } from "./item.ts";
import { type Match, type Matched, scoreTogether } from "./matches.ts";
import { Neighbours } from "./neighbours.ts";
import { countPairs, pairsOf, withNameParts } from "./query-words.ts";
import { Ranking } from "./ranking.ts";
import { applyRules, type Body } from "./rules.ts";
import { Speakers } from "./speakers.ts";
import { TermIndex, Vocabulary } from "./term-index.ts";
import { type Traits, traitsOf } from "./traits.ts";
import { type ItemFilter, Validity } from "./validity.ts";

/** An item that a query found, with what each rule added to its score. */
export interface Ranked {
  readonly item: MemoryItem;
  readonly score: number;
  readonly why: { readonly [rule: string]: number };
}

/** How near items are to what a query means. */
export interface Meanings {
  /** Between 0 and 1, by id; items that are not named are far. */
  readonly shares: ReadonlyMap<string, number>;
  /** What the nearest item gets, measured by the best score of all other rules together. */
  readonly weight: number;
}

/**
 * Ranks the items of one scope by their words and by their place in a conversation or document: BM25S, without weights or vectors.
 * Items may be added at any time. `meta.speaker` names who speaks, `meta.role` is "user" or "assistant"; both are optional.
 */
export class LexicalIndex {
  readonly #items: MemoryItem[] = [];
  /** The number of each item by its id. */
  readonly #ids = new Map<string, number>();
  readonly #vocabulary = new Vocabulary();
  readonly #words = new TermIndex({ k1: 0.9, b: 1 });
  readonly #sections = new TermIndex({ k1: 1.2, b: 0.75 });
  /** The terms of each item in reading order: pairs are read from here, not stored. */
  readonly #sequences: Int32Array[] = [];
  readonly #headings = new Set<string>();
  readonly #traits: Traits[] = [];
  readonly #validity = new Validity();
  readonly speakers = new Speakers();
  /** What the rules of the ranking look at. */
  readonly body: Body = { items: this.#items, traits: this.#traits, neighbours: new Neighbours() };

  get size(): number {
    return this.#items.length;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Adds the items that are new by their id. */
  add(items: readonly MemoryItem[]): void {
    for (const item of items) if (!this.#ids.has(item.id)) this.#addOne(item);
  }

  /** How many of the ids are items that hold now and pass the filter. */
  countCurrent(ids: Iterable<string>, filter: ItemFilter): number {
    let count = 0;
    for (const id of ids) {
      const item = this.#items[this.#ids.get(id) ?? -1];
      if (item !== undefined && this.#validity.holds(item, filter)) count += 1;
    }
    return count;
  }

  /**
   * The items that fit the query, best first. `why.words` is 0 or absent where only the surroundings of an item fit, or its meaning.
   * `meaning` is what an index of vectors says, between 0 and 1 by id: it is weighed against the best score by words.
   */
  search(query: string, limit: number, filter: ItemFilter & { readonly meaning?: Meanings } = {}): readonly Ranked[] {
    const [ranking] = limit < 1 ? [] : rankTogether(query, [this]);
    if (ranking === undefined) return [];
    const { meaning } = filter;
    if (meaning !== undefined && meaning.shares.size > 0)
      ranking.apply("meaning", (scores) => this.#addMeaning(scores, meaning));
    for (const [number, item] of this.#items.entries())
      if ((ranking.scores[number] ?? 0) > 0 && !this.#validity.holds(item, filter)) ranking.scores[number] = 0;
    return ranking
      .best(limit, (one, other) => this.#compare(one, other))
      .flatMap((number) => {
        const item = this.#items[number];
        return item === undefined ? [] : [{ item, score: ranking.scores[number] ?? 0, why: ranking.why(number) }];
      });
  }

  /** The items that hold now and pass the filter, in the order in which they were added. */
  current(filter: ItemFilter = {}): readonly MemoryItem[] {
    return this.#items.filter((item) => this.#validity.holds(item, filter));
  }

  /** Where the query's words and pairs of adjacent words stand in the items. */
  matchItems(query: string): Matched {
    const words = wordsOf(query);
    const sequence = this.#vocabulary.lookUp(words);
    const pairs = pairsOf(sequence).map(({ first, second, times, at }) => ({
      key: `${words[at - 1] ?? ""} ${words[at] ?? ""}`,
      asked: times,
      postings: this.#pairPostings(first, second),
    }));
    return { index: this.#words, matches: [...this.#matches(words, this.#words), ...pairs] };
  }

  /** Where the query's words stand in the sections. */
  matchSections(query: string): Matched {
    return { index: this.#sections, matches: this.#matches(wordsOf(query), this.#sections) };
  }

  #addOne(item: MemoryItem): void {
    const number = this.#items.push(item) - 1;
    this.#ids.set(item.id, number);
    this.#validity.learn(item);
    const traits = traitsOf(item);
    this.#traits.push(traits);
    if (traits.speaker !== undefined) this.speakers.learn(traits.speaker);
    const words = this.#vocabulary.learn(terms(`${traits.speaker ?? ""} ${item.text}`));
    this.#sequences.push(Int32Array.from(words));
    this.#words.add(number, words);
    // Each pair of adjacent terms is a term of its own and counts in the length.
    this.#words.lengthen(number, Math.max(0, words.length - 1));
    const section = this.body.neighbours.add(this.#items, number);
    this.#sections.add(section, words);
    this.#addHeading(section, item.context);
  }

  #addMeaning(scores: Float64Array, { shares, weight }: Meanings): void {
    const highest = largest([scores]) || 1;
    for (const [id, share] of shares) {
      const number = this.#ids.get(id);
      if (number !== undefined) scores[number] = (scores[number] ?? 0) + weight * highest * share;
    }
  }

  /** Headings belong to the section, once however many items stand below them. */
  #addHeading(section: number, context: string | undefined): void {
    const key = `${section} ${context ?? ""}`;
    if (context === undefined || this.#headings.has(key)) return;
    this.#headings.add(key);
    this.#sections.add(section, this.#vocabulary.learn(terms(context)), HEADING_WEIGHT);
  }

  /** The words, what they make when written together, and known words that differ only in their endings. */
  #matches(words: readonly string[], index: TermIndex): readonly Match[] {
    const asked = new Map<string, number>();
    const joined = words.slice(1).map((word, at) => `${words[at] ?? ""}${word}`);
    for (const word of [...words, ...joined]) asked.set(word, (asked.get(word) ?? 0) + 1);
    const relatives = new Set(words.flatMap((word) => this.#vocabulary.relatives(word)));
    for (const relative of relatives) if (!asked.has(relative)) asked.set(relative, RELATIVE_WEIGHT);
    return [...asked].flatMap(([key, times]) => {
      const [number = -1] = this.#vocabulary.lookUp([key]);
      return number < 0 ? [] : [{ key, asked: times, postings: index.postings(number) }];
    });
  }

  /** The items in which the second term follows the first at once. */
  #pairPostings(first: number, second: number): number[] {
    const ofFirst = this.#words.postings(first);
    const ofSecond = this.#words.postings(second);
    const candidates = ofFirst.length < ofSecond.length ? ofFirst : ofSecond;
    const found: number[] = [];
    for (let at = 0; at < candidates.length; at += 2) {
      const item = candidates[at] ?? 0;
      const times = countPairs(this.#sequences[item], first, second);
      if (times > 0) found.push(item, times);
    }
    return found;
  }

  /** Of equal scores the newer comes first; at the same time, in reading order. */
  #compare(one: number, other: number): number {
    const a = this.#items[one];
    const b = this.#items[other];
    if (a === undefined || b === undefined) return 0;
    return b.time - a.time || compareText(a.group, b.group) || a.order - b.order || compareText(a.id, b.id);
  }
}

/**
 * Ranks the items of several indexes as if they were one, so that the scores of all can be compared: a word is as rare as it is in all
 * of them together. Items of different indexes are no neighbours.
 */
export function rankTogether(query: string, indexes: readonly LexicalIndex[]): readonly Ranking[] {
  const text = query.slice(0, LONGEST_QUERY);
  // Names of those who speak are everywhere in what they say: they tell no section from another.
  const nameless = indexes.reduce((rest, { speakers }) => speakers.removedFrom(rest), text);
  const words = scoreTogether(indexes.map((index) => index.matchItems(text)));
  const sections = scoreTogether(indexes.map((index) => index.matchSections(nameless)));
  const named = new Set(indexes.flatMap(({ speakers }) => [...speakers.namedIn(text)]));
  const shared = { text, named, highest: largest(words) || 1, highestSection: largest(sections) };
  return indexes.map(({ body }, at) => {
    const ranking = new Ranking("words", words[at] ?? new Float64Array());
    applyRules(ranking, body, { ...shared, sections: sections[at] ?? new Float64Array() });
    return ranking;
  });
}

function wordsOf(query: string): readonly string[] {
  return terms(withNameParts(query));
}

/** A heading names what its whole section is about: it counts as if the section said it three times. */
const HEADING_WEIGHT = 3;
/** A word that only begins like one of the query asks half as loud. */
const RELATIVE_WEIGHT = 0.5;
/** A query of more characters is a document: its beginning says what it is about. */
const LONGEST_QUERY = 4_000;

function largest(lists: readonly Float64Array[]): number {
  let most = 0;
  for (const values of lists) for (const value of values) if (value > most) most = value;
  return most;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
