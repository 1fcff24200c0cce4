import type { RecalledItem } from "batonjs";

const MOST_TOPICS = 8;

/**
 * What could be asked to answer the question from these sources, best first: the question itself, then the headings over the
 * sentences that fit it best. Where these are too few for a plan, the question's own words follow.
 */
export function topicsFor(question: string, items: readonly RecalledItem[]): readonly string[] {
  const topics = distinct([question.replace(/\s+/gu, " ").trim(), ...headingsOf(items).map(asQuestion)]);
  const padded = topics.length < FEWEST_TOPICS ? distinct([...topics, ...wordsOf(question).map(asQuestion), ...SAFE_QUESTIONS]) : topics;
  return padded.slice(0, topics.length < FEWEST_TOPICS ? FEWEST_TOPICS : MOST_TOPICS);
}

const FEWEST_TOPICS = 3;
/** For a question of one word: they ask for nothing else than the question does. */
const SAFE_QUESTIONS = ["What is it?", "What is it for?"];

function distinct(topics: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return topics.filter((topic) => {
    const meaning = topic.toLowerCase().replace(/^what about /u, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
    const isNew = !seen.has(meaning);
    seen.add(meaning);
    return isNew;
  });
}

/** Headings by what the sentences under them score together; later sentences of a heading count less, weak ones not at all. */
function headingsOf(items: readonly RecalledItem[]): readonly string[] {
  const best = items[0]?.score ?? 0;
  const scores = new Map<string, { readonly score: number; readonly count: number }>();
  for (const { meta, score, why } of items) {
    const heading = typeof meta["heading"] === "string" ? plain(meta["heading"]) : "";
    // A sentence that only stands near a fitting one says nothing for its heading.
    if (heading === "" || score < best * WEAKEST_SCORE || (why["words"] ?? 0) <= 0) continue;
    const known = scores.get(heading) ?? { score: 0, count: 0 };
    scores.set(heading, { score: known.score + score / (known.count + 1) ** 2, count: known.count + 1 });
  }
  return [...scores].toSorted(([, a], [, b]) => b.score - a.score).map(([heading]) => heading);
}

/** Of the best sentence's score. */
const WEAKEST_SCORE = 0.4;
const LONGEST_HEADING = 50;

/** A heading as a reader says it: without numbering, marks and what stands in brackets. */
function plain(heading: string): string {
  const text = heading
    .replace(/^(?:§\s*)?(?:\d+|[A-Z])(?:\.\d+)*[a-z]?[.):]\s+|^\d+(?:\.\d+)*[a-z]?\s+/u, "")
    .replace(/\s*\([^)]*\)$/u, "")
    .replace(/[\s:.–—-]+$/u, "")
    .trim();
  return text.length > LONGEST_HEADING || !/^[\p{L}\p{N}`]/u.test(text) || /[→|{}<>]/u.test(text) || !/\p{L}{2}|\p{Lo}/u.test(text) ? "" : text;
}

function asQuestion(topic: string): string {
  return /[?？]$/u.test(topic) ? topic : `What about “${topic}”?`;
}

/** The longest words of a question carry the most of it. */
function wordsOf(question: string): readonly string[] {
  const words = question.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}_.-]*[\p{L}\p{N}]/gu) ?? [];
  return words.filter((word) => word.length > 3 && !ASKING.has(word.toLowerCase())).toSorted((a, b) => b.length - a.length);
}

const ASKING = new Set("what when where which whose does have this that with from into they them there their about would could should".split(" "));
