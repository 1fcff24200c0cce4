import type { JsonObject } from "../../core/json.ts";
import { terms } from "../../core/terms.ts";
import type { Ask, Candidate } from "./material.ts";
import { isAskName } from "./names.ts";
import { actionsOf, asksForPair } from "./question.ts";
import { readability } from "./readability.ts";
import { withoutRepeats } from "./repeats.ts";

export interface Ranked {
  readonly candidate: Candidate;
  /** Place in the material, from 0. */
  readonly index: number;
  readonly score: number;
  /** Share of the query's weight that the candidate's words carry: 1 = every word of the question is in it. */
  readonly coverage: number;
}

export interface Ranking {
  /** Candidates above the relevance floor, best first, near-duplicates dropped. */
  readonly relevant: readonly Ranked[];
  /** The others, nearest first. */
  readonly rest: readonly Ranked[];
}

export interface Query {
  readonly asked: readonly Ask[];
  /** Words that may decide between two answers but cannot make one, such as the name of the field to fill. */
  readonly hints?: string;
  /** By what the rarity of words is judged. @default the candidates */
  readonly background?: readonly Candidate[];
  /** True when candidates that say nearly the same all stay. @default false */
  readonly keepsRepeats?: boolean;
}

/**
 * Ranks candidates by BM25 over the candidates themselves. Equal scores keep the order of the material.
 * The floor: an answer shares words with the query that make up more than a third of its weight (rare words weigh more); half of it when the query
 * has a name, such as "Kafka", that no candidate holds. Without a query, what says most of the material's frequent words comes first.
 */
export function rank(candidates: readonly Candidate[], query: Query): Ranking {
  const corpus = candidates.map((candidate) => ({
    candidate,
    words: terms(candidate.text),
    context: new Set(terms(contextOf(candidate.meta))),
  }));
  const weights = queryWeights(query.asked);
  const background = query.background ?? candidates;
  const frequency = documentFrequencies(
    background.map(({ text, meta }) => new Set(terms(`${text} ${contextOf(meta)}`))),
  );
  const idf = (term: string): number => rarity(frequency.get(term) ?? 0, background.length);
  const averageLength = corpus.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, corpus.length);
  const hints = new Set(terms(query.hints ?? ""));
  const total = sum([...weights].map(([term, weight]) => weight * idf(term)));
  const floor = floorOf(query.asked, weights, frequency);
  const ranked = corpus.map((entry, index): Ranked => {
    const scored = score({ ...entry, weights, idf, averageLength });
    const hinted = [...new Set(entry.words)].filter((word) => hints.has(word)).length;
    const coverage = total === 0 ? 1 : scored.matched / total;
    const base = weights.size === 0 ? centrality(entry.words, frequency) * leadBonus(index) : scored.score;
    return {
      candidate: entry.candidate,
      index,
      coverage,
      score:
        base *
        (1 + HINT_BONUS * hinted) *
        readability(entry.candidate, query.asked) *
        recallOrder(entry.candidate, index) *
        completeness(coverage),
    };
  });
  const isRelevant = ({ coverage, score: value }: Ranked): boolean => coverage >= floor && value > 0;
  const best = ranked.filter(isRelevant).toSorted(byScore);
  const worth = best.filter(
    ({ score: value, coverage }) =>
      value >= WORTH * (best[0]?.score ?? 0) && coverage >= WORTH * (best[0]?.coverage ?? 0),
  );
  const relevant = query.keepsRepeats === true ? worth : withoutRepeats(worth);
  return { relevant, rest: ranked.filter((entry) => !relevant.includes(entry)).toSorted(byScore) };
}

function floorOf(asked: readonly Ask[], weights: ReadonlyMap<string, number>, frequency: Frequency): number {
  const content = new Set(weights.keys());
  if (asked.some(({ text }) => asksForPair(text, content))) return FLOOR_OF_PAIR;
  return hasUnknownName(asked, frequency) ? FLOOR_WITHOUT_NAME : FLOOR;
}

function byScore(a: Ranked, b: Ranked): number {
  return b.score - a.score || a.index - b.index;
}

/** What is worth less than this share of the best answer only waters it down. */
const WORTH = 0.4;

const FLOOR = 0.34;
const FLOOR_WITHOUT_NAME = 0.5;
/** One word of two and the other one in the heading is enough, standing under a heading of both is not. */
const FLOOR_OF_PAIR = 0.61;
const ACTION_WEIGHT = 0.4;
const HINT_BONUS = 0.15;
const CONTEXT_SHARE = 0.35;
const QUESTION_HEADING_SHARE = 0.6;
const K1 = 1.2;
const B = 0.5;

/** Words of instructions, which say nothing about the subject. */
const INSTRUCTION_TERMS: ReadonlySet<string> = new Set(
  terms(
    "explain describe work tell list give show find summarize summarise summary mean happen please question answer many much way thing",
  ),
);

/** Japanese writes its grammar in hiragana and most of its content in other signs. */
const GRAMMAR = /^\p{Script=Hiragana}+$/u;

function queryWeights(asked: readonly Ask[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const { text, weight } of asked) {
    const actions = actionsOf(text);
    for (const term of terms(text)) {
      all.set(term, Math.max(all.get(term) ?? 0, weight * (actions.has(term) ? ACTION_WEIGHT : 1)));
    }
  }
  const content = new Map([...all].filter(([term]) => !INSTRUCTION_TERMS.has(term) && !GRAMMAR.test(term)));
  return content.size > 0 ? content : all;
}

type Frequency = ReadonlyMap<string, number>;

function documentFrequencies(documents: readonly ReadonlySet<string>[]): Frequency {
  const counts = new Map<string, number>();
  for (const document of documents) for (const term of document) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

const SMALL_CORPUS = 40;

/**
 * Inverse document frequency, damped where there are few candidates: those were recalled for the query, so that the words that matter are
 * frequent among them, and a chance word is rare.
 */
function rarity(count: number, documents: number): number {
  return 0.6 + (documents / (documents + SMALL_CORPUS)) * Math.log(1 + (documents - count + 0.5) / (count + 0.5));
}

interface Scoring {
  readonly words: readonly string[];
  readonly context: ReadonlySet<string>;
  readonly weights: ReadonlyMap<string, number>;
  readonly idf: (term: string) => number;
  readonly averageLength: number;
}

function score({ words, context, weights, idf, averageLength }: Scoring): {
  readonly score: number;
  readonly matched: number;
} {
  let value = 0;
  let matched = 0;
  // Under a heading that holds every word of the question, a sentence need not repeat them.
  const isUnderQuestion = weights.size > 0 && [...weights.keys()].every((term) => context.has(term));
  const share = isUnderQuestion ? QUESTION_HEADING_SHARE : CONTEXT_SHARE;
  for (const [term, weight] of weights) {
    const count = words.filter((word) => word === term).length;
    const own = (count * (K1 + 1)) / (count + K1 * (1 - B + (B * words.length) / averageLength));
    value += weight * idf(term) * (count > 0 ? own : context.has(term) ? share : 0);
    // What only the heading says makes a sentence more likely, but is not said by it.
    matched += weight * idf(term) * (count > 0 ? 1 : context.has(term) ? share : 0);
  }
  return {
    score: value + neighbours(words, weights) * PAIR_BONUS * value,
    matched: isUnderQuestion || words.some((word) => weights.has(word)) ? matched : 0,
  };
}

const PAIR_BONUS = 0.15;

/** How many words of the query stand side by side in the candidate, at most three counted. */
function neighbours(words: readonly string[], weights: ReadonlyMap<string, number>): number {
  const pairs = words.filter(
    (word, index) => weights.has(word) && weights.has(words[index + 1] ?? "") && word !== words[index + 1],
  );
  return Math.min(3, pairs.length);
}

function centrality(words: readonly string[], frequency: Frequency): number {
  const shared = sum([...new Set(words)].map((word) => (frequency.get(word) ?? 1) - 1));
  return (1 + shared) / Math.sqrt(4 + words.length);
}

/** Texts say first what they are about. */
function leadBonus(index: number): number {
  return 1 + 1 / (1 + index);
}

/** A sentence that holds more of the question's words is nearer to an answer than one that repeats a single word of it. */
function completeness(coverage: number): number {
  return 0.5 + 0.5 * coverage;
}

/** Passages come best first from a memory that knows all of its items, while this ranking knows only the few that were recalled. */
function recallOrder({ from }: Candidate, index: number): number {
  return from === "passage" ? 1 / (1 + index / HALF_WORTH_AT) : 1;
}

const HALF_WORTH_AT = 30;

function hasUnknownName(asked: readonly Ask[], frequency: Frequency): boolean {
  const names = asked.flatMap(({ text }) => text.match(NAME_INSIDE) ?? []);
  return names.some((name) => terms(name).some((term) => !frequency.has(term)));
}

/** A capitalised word that does not begin the question. */
const NAME_INSIDE = /(?<=[\p{L}\p{N},;)]\s+["'“(]?)\p{Lu}[\p{L}\p{N}]+/gu;

/** Metadata that tells what a passage is about, or which question a record answers. */
function contextOf(meta: JsonObject): string {
  const told = Object.entries(meta).filter(([key]) => CONTEXT_KEYS.has(key) || isAskName(key));
  return told.flatMap(([, value]) => (typeof value === "string" ? [value] : [])).join(" ");
}

const CONTEXT_KEYS: ReadonlySet<string> = new Set(["heading", "headings", "title", "section"]);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
