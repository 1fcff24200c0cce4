import { terms } from "../core/terms.ts";
import { dateCues, dateFit } from "./date-cues.ts";
import type { MemoryItem } from "./item.ts";
import { Neighbours } from "./neighbours.ts";
import { countPairs, pairsOf, withNameParts } from "./query-words.ts";
import { Ranking } from "./ranking.ts";
import { Speakers } from "./speakers.ts";
import { countTerms, type QueryTerms, TermIndex, Vocabulary } from "./term-index.ts";
import { type Traits, traitsOf } from "./traits.ts";

/** An item that a query found, with what each rule added to its score. */
export interface Ranked {
  readonly item: MemoryItem;
  readonly score: number;
  readonly why: { readonly [rule: string]: number };
}

/**
 * Ranks the items of one scope by their words and by their place in a conversation or document: BM25S, without weights or vectors.
 * Items may be added at any time. `meta.speaker` names who speaks, `meta.role` is "user" or "assistant"; both are optional.
 */
export class LexicalIndex {
  readonly #items: MemoryItem[] = [];
  readonly #ids = new Set<string>();
  readonly #vocabulary = new Vocabulary();
  readonly #words = new TermIndex({ k1: 0.9, b: 1 });
  readonly #sections = new TermIndex({ k1: 1.2, b: 0.75 });
  /** The terms of each item in reading order: pairs are read from here, not stored. */
  readonly #sequences: Int32Array[] = [];
  readonly #headings = new Set<string>();
  readonly #neighbours = new Neighbours();
  readonly #speakers = new Speakers();
  readonly #traits: Traits[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Adds the items that are new by their id. */
  add(items: readonly MemoryItem[]): void {
    for (const item of items) if (!this.#ids.has(item.id)) this.#addOne(item);
  }

  /** The items that fit the query, best first. `why.words` is 0 or absent where only the surroundings of an item fit. */
  search(query: string, limit: number): readonly Ranked[] {
    if (this.size === 0 || limit < 1) return [];
    const ranking = this.#rank(query.slice(0, LONGEST_QUERY));
    const found = ranking.best(limit, (one, other) => this.#compare(one, other));
    return found.flatMap((number) => {
      const item = this.#items[number];
      return item === undefined ? [] : [{ item, score: ranking.scores[number] ?? 0, why: ranking.why(number) }];
    });
  }

  #addOne(item: MemoryItem): void {
    const number = this.#items.push(item) - 1;
    this.#ids.add(item.id);
    const traits = traitsOf(item);
    this.#traits.push(traits);
    if (traits.speaker !== undefined) this.#speakers.learn(traits.speaker);
    const words = this.#vocabulary.learn(terms(`${traits.speaker ?? ""} ${item.text}`));
    this.#sequences.push(Int32Array.from(words));
    this.#words.add(number, words);
    // Each pair of adjacent terms is a term of its own and counts in the length.
    this.#words.lengthen(number, Math.max(0, words.length - 1));
    const section = this.#neighbours.add(this.#items, number);
    this.#sections.add(section, words);
    this.#addHeading(section, item.context);
  }

  /** Headings belong to the section, once however many items stand below them. */
  #addHeading(section: number, context: string | undefined): void {
    const key = `${section} ${context ?? ""}`;
    if (context === undefined || this.#headings.has(key)) return;
    this.#headings.add(key);
    this.#sections.add(section, this.#vocabulary.learn(terms(context)), HEADING_WEIGHT);
  }

  #rank(query: string): Ranking {
    const { before, after } = this.#neighbours;
    const traits = this.#traits;
    const ranking = new Ranking("words", this.#wordScores(query));
    const highest = largest(ranking.scores) || 1;
    ranking.apply("neighbours", (scores, were) => {
      for (let at = 0; at < scores.length; at += 1) {
        const previous = before[at] ?? -1;
        const next = after[at] ?? -1;
        const near = 0.3 * (were[previous] ?? 0) + 0.2 * (were[next] ?? 0);
        const farther = 0.2 * (were[before[previous] ?? -1] ?? 0) + 0.2 * (were[after[next] ?? -1] ?? 0);
        scores[at] = (were[at] ?? 0) + near + farther;
      }
    });
    ranking.apply("answer", (scores, were) => {
      for (let at = 0; at < scores.length; at += 1) {
        const previous = before[at] ?? -1;
        if (traits[previous]?.isQuestion === true) scores[at] = (were[at] ?? 0) + 0.4 * (were[previous] ?? 0);
      }
    });
    ranking.apply("section", (scores) => this.#addSections(scores, query, 0.45 * highest));
    ranking.apply("quoted", (scores) => this.#addQuoted(scores, query, 0.6 * highest));
    ranking.apply("speaker", (scores) => this.#favourSpeakers(scores, query));
    ranking.apply("date", (scores) => this.#addDates(scores, query, 0.9 * highest));
    ranking.apply("question", (scores) => {
      for (let at = 0; at < scores.length; at += 1)
        if (traits[at]?.isShortQuestion === true) scores[at] = (scores[at] ?? 0) * 0.8;
    });
    ranking.apply("short", (scores) => {
      for (let at = 0; at < scores.length; at += 1) scores[at] = (scores[at] ?? 0) * (traits[at]?.lengthFactor ?? 1);
    });
    return ranking;
  }

  #wordScores(query: string): Float64Array {
    const asked = this.#ask(query);
    const scores = this.#words.scores(asked.terms);
    for (const { first, second, times } of pairsOf(asked.sequence)) {
      this.#words.addScores(scores, this.#pairPostings(first, second), times);
    }
    return scores;
  }

  /** The terms of a query in reading order, and all that it asks for: also what its words make when written together. */
  #ask(query: string): { readonly sequence: readonly number[]; readonly terms: QueryTerms } {
    const words = terms(withNameParts(query));
    const joined = words.slice(1).map((word, at) => `${words[at] ?? ""}${word}`);
    const sequence = this.#vocabulary.lookUp(words);
    return { sequence, terms: countTerms([...sequence, ...this.#vocabulary.lookUp(joined)]) };
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

  #addSections(scores: Float64Array, query: string, weight: number): void {
    const sections = this.#sections.scores(this.#ask(this.#speakers.removedFrom(query)).terms);
    const highest = largest(sections);
    if (highest === 0) return;
    const { groupOf } = this.#neighbours;
    for (let at = 0; at < scores.length; at += 1)
      scores[at] = (scores[at] ?? 0) + (weight * (sections[groupOf[at] ?? -1] ?? 0)) / highest;
  }

  /** Words in quotation marks are meant as they stand: a heading, a title, a name. */
  #addQuoted(scores: Float64Array, query: string, weight: number): void {
    const quoted = [...query.matchAll(QUOTED)].map(([, words = ""]) => words.toLowerCase());
    if (quoted.length === 0) return;
    for (let at = 0; at < scores.length; at += 1) {
      const item = this.#items[at];
      const said = `${item?.context ?? ""}\n${item?.text ?? ""}`.toLowerCase();
      if (quoted.some((words) => said.includes(words))) scores[at] = (scores[at] ?? 0) + weight;
    }
  }

  #favourSpeakers(scores: Float64Array, query: string): void {
    const named = [...this.#speakers.namedIn(query)];
    for (let at = 0; at < scores.length; at += 1) {
      const { speaker, role } = this.#traits[at] ?? {};
      if (named.length === 1 && speaker === named[0]) scores[at] = (scores[at] ?? 0) * 1.3;
      else if (role === "user") scores[at] = (scores[at] ?? 0) * 1.5;
    }
  }

  /** Only what somebody said has a date of its own; the time of a document's item is when it was read in. */
  #addDates(scores: Float64Array, query: string, weight: number): void {
    const cues = dateCues(query);
    if (cues.length === 0) return;
    for (let at = 0; at < scores.length; at += 1) {
      const { speaker, role } = this.#traits[at] ?? {};
      if (speaker !== undefined || role !== undefined)
        scores[at] = (scores[at] ?? 0) + weight * dateFit(cues, this.#items[at]?.time ?? 0);
    }
  }

  /** Of equal scores the newer comes first; at the same time, in reading order. */
  #compare(one: number, other: number): number {
    const a = this.#items[one];
    const b = this.#items[other];
    if (a === undefined || b === undefined) return 0;
    return b.time - a.time || compareText(a.group, b.group) || a.order - b.order || compareText(a.id, b.id);
  }
}

const QUOTED = /[“"]([^“”"]{3,80})[”"]/gu;
/** A heading names what its whole section is about: it counts as if the section said it three times. */
const HEADING_WEIGHT = 3;
/** A query of more characters is a document: its beginning says what it is about. */
const LONGEST_QUERY = 4_000;

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
