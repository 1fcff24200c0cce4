import type { RecalledItem } from "batonjs";

export interface TopicMaterial {
  /** Sentences that fit the question, best first. */
  readonly recalled: readonly RecalledItem[];
  /** All headings of the sources. */
  readonly headings: Iterable<string>;
}

/**
 * What could be asked to answer the question from these sources, best first: the question itself, then the question under each heading
 * that has more to say on it. Where these are too few for a plan, the question's own words take the place of headings.
 */
export function topicsFor(question: string, material: TopicMaterial): readonly string[] {
  const asked = question.replace(/\s+/gu, " ").trim();
  const headings = [...new Set([...namedHeadings(asked, material.headings), ...headingsOf(material.recalled)])];
  const parts =
    headings.length >= FEWEST_PARTS ? headings : [...headings, ...wordsOf(asked), ...SAFE_PARTS].slice(0, FEWEST_PARTS);
  return [asked, ...parts.slice(0, MOST_PARTS).map((part) => partOf(asked, part))];
}

/** A question seen from one side: "“Threads”: How does a run resume?" */
function partOf(question: string, part: string): string {
  return `“${part}”: ${question}`;
}

/** The side of a question alone, for a heading below the whole question; undefined when it is no part of it. */
export function sideOf(question: string, subQuestion: string): string | undefined {
  const end = `”: ${question.replace(/\s+/gu, " ").trim()}`;
  return subQuestion.startsWith("“") && subQuestion.endsWith(end) ? subQuestion.slice(1, -end.length) : undefined;
}

const FEWEST_PARTS = 2;
const MOST_PARTS = 4;
/** For a question without a word of its own. */
const SAFE_PARTS = ["Meaning", "Use"];
/** The best sentences answer the question itself; a heading must have something else to say. */
const TAKEN_BY_QUESTION = 4;

const MOST_NAMED = 2;
const SAME_BEGINNING = 5;

/** Headings of which every word stands in the question, however it is inflected; the more words, the better. */
function namedHeadings(question: string, headings: Iterable<string>): readonly string[] {
  const stems = new Set(wordsOf(question).map(beginningOf));
  const named = [...new Set(headings)].map((heading) => ({ heading, words: wordsOf(heading) }));
  return named
    .filter(({ words }) => words.length > 0 && words.every((word) => stems.has(beginningOf(word))))
    .toSorted((a, b) => b.words.length - a.words.length)
    .slice(0, MOST_NAMED)
    .map(({ heading }) => heading);
}

function beginningOf(word: string): string {
  return word.toLowerCase().slice(0, SAME_BEGINNING);
}

/** Headings by what the sentences under them score together; later sentences of a heading count less, weak ones not at all. */
function headingsOf(items: readonly RecalledItem[]): readonly string[] {
  const best = items[0]?.score ?? 0;
  const scores = new Map<string, { readonly score: number; readonly count: number }>();
  for (const { meta, score, why } of items.slice(TAKEN_BY_QUESTION)) {
    const heading = typeof meta["heading"] === "string" ? meta["heading"] : "";
    // A sentence that only stands near a fitting one says nothing for its heading.
    if (heading === "" || score < best * WEAKEST_SCORE || (why["words"] ?? 0) <= 0) continue;
    const known = scores.get(heading) ?? { score: 0, count: 0 };
    scores.set(heading, { score: known.score + score / (known.count + 1) ** 2, count: known.count + 1 });
  }
  return [...scores].toSorted(([, a], [, b]) => b.score - a.score).map(([heading]) => heading);
}

/** Of the best sentence's score. */
const WEAKEST_SCORE = 0.4;

/** The longest words of a question carry the most of it. */
function wordsOf(question: string): readonly string[] {
  const words = question.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words
    .filter((word) => word.length > 3 && !ASKING.has(word.toLowerCase()))
    .toSorted((a, b) => b.length - a.length);
}

const ASKING = new Set(
  "what when where which whose does have this that with from into they them there their about would could should must will been were more than".split(
    " ",
  ),
);
