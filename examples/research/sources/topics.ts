import type { RecalledItem } from "batonjs";

const MOST_TOPICS = 8;

/**
 * What could be asked to answer the question from these sources, best first: the question itself, then the headings over the
 * sentences that fit it best, then its own words.
 */
export function topicsFor(question: string, items: readonly RecalledItem[]): readonly string[] {
  const asked = [question.replace(/\s+/gu, " ").trim(), ...headingsOf(items).map(asQuestion), ...wordsOf(question).map(asQuestion)];
  const byMeaning = new Map(asked.map((topic): [string, string] => [meaningOf(topic), topic]).reverse());
  return asked.filter((topic) => byMeaning.get(meaningOf(topic)) === topic).slice(0, MOST_TOPICS);
}

/** Headings by what the sentences under them score together; later sentences of a heading count less. */
function headingsOf(items: readonly RecalledItem[]): readonly string[] {
  const scores = new Map<string, { readonly score: number; readonly count: number }>();
  for (const { meta, score } of items) {
    const heading = typeof meta["heading"] === "string" ? plain(meta["heading"]) : "";
    if (heading === "") continue;
    const known = scores.get(heading) ?? { score: 0, count: 0 };
    scores.set(heading, { score: known.score + score / (known.count + 1) ** 2, count: known.count + 1 });
  }
  return [...scores].toSorted(([, a], [, b]) => b.score - a.score).map(([heading]) => heading);
}

const LONGEST_HEADING = 70;

/** A heading as a reader says it: without numbering and trailing marks. */
function plain(heading: string): string {
  const text = heading
    .replace(/^(?:§\s*)?(?:\d+|[A-Z])(?:\.\d+)*[a-z]?[.):]?\s+/u, "")
    .replace(/[\s:.–—-]+$/u, "")
    .trim();
  return text.length > LONGEST_HEADING || !/\p{L}{2}/u.test(text) ? "" : text;
}

function asQuestion(topic: string): string {
  if (/[?？]$/u.test(topic)) return topic;
  if (/^(?:how|why|what|when|where|which|who)\b/iu.test(topic)) return `${topic}?`;
  return `What about ${lowered(topic)}?`;
}

/** "Resuming a run" goes into a sentence as "resuming a run"; names, code and nouns of other languages keep their capital. */
function lowered(topic: string): string {
  const isPlainEnglish = /^[A-Z][a-z]+(?: [a-z]+)+$/u.test(topic);
  return isPlainEnglish ? (topic[0] ?? "").toLowerCase() + topic.slice(1) : `“${topic}”`;
}

/** The longest words of a question carry the most of it. */
function wordsOf(question: string): readonly string[] {
  const words = question.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}_.-]*[\p{L}\p{N}]/gu) ?? [];
  return words.filter((word) => word.length > 3 && !ASKING.has(word.toLowerCase())).toSorted((a, b) => b.length - a.length);
}

const ASKING = new Set("what when where which whose does have this that with from into they them there their about would could should".split(" "));

function meaningOf(topic: string): string {
  return topic.toLowerCase().replace(/^what about /u, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}
