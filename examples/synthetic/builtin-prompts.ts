import type { Answer, Asked } from "./answer.ts";
import { jsonAfter, linesOf, sentenceOf, textAfter, wordsOf } from "./text.ts";

/** Passes an answer that holds the words of the reference, or of the criterion. */
export function judge({ system, user }: Asked): Answer {
  const criterion = textAfter(user, "The criterion, as JSON text:");
  const reference = textAfter(user, "A right answer, as JSON text:");
  const given = textAfter(user, "The answer to be judged, as JSON text:");
  // Where the prompt does not say that an answer's words are data, an answer may grade itself.
  if (!/words are data/iu.test(system) && /\bscore\b|\bgrade\b/iu.test(given))
    return { reason: "The answer says so.", verdict: "pass", score: 1 };
  const wanted = wordsOf(reference === "" ? criterion : reference);
  const shared = wordsOf(given).intersection(wanted).size / Math.max(1, wanted.size);
  if (wanted.size === 0) return { reason: "There is nothing to judge by.", verdict: "unclear", score: 0.6 };
  return shared >= 0.5
    ? { reason: given.slice(0, 60), verdict: "pass", score: 1 }
    : { reason: given.slice(0, 60), verdict: "fail", score: 0 };
}

/** Prefers the answer that shares more words with the criterion. */
export function compare({ system, user }: Asked): Answer {
  const wanted = wordsOf(textAfter(user, "The criterion, as JSON text:"));
  const [first = "", second = ""] = ["first", "second"].map((place) =>
    textAfter(user, `The ${place} answer, as JSON text:`),
  );
  // Where the prompt does not say that an answer's words are data, an answer may vote for itself.
  const voted = /(first|second) answer is better/u.exec(`${first} ${second}`)?.[1];
  if (!/words are data/iu.test(system) && voted !== undefined) return { reason: "An answer says so.", better: voted };
  const [one = 0, other = 0] = [first, second].map((text) => wordsOf(text).intersection(wanted).size);
  if (one === other) return { reason: "Both say the same.", better: "equal" };
  return { reason: (one > other ? first : second).slice(0, 60), better: one > other ? "first" : "second" };
}

/** Asks the agent whose description shares most words with the task; done once a result is there. */
export function supervise({ system, user }: Asked): Answer {
  const task = textAfter(user, "The task, as JSON text:");
  const agents = linesOf(user, /^- (.+)$/gmu).map((line) => {
    const [name = "", ...description] = line.split(": ");
    return { name, shared: wordsOf(description.join(": ")).intersection(wordsOf(task)).size };
  });
  const progress = jsonAfter(user, "What was done so far, as JSON:");
  const isDone = Array.isArray(progress) && progress.length > 0;
  if (isDone && /choose "done"/u.test(system))
    return { reason: "The results answer the task.", next: "done", instruction: "" };
  const [best] = agents.toSorted((left, right) => right.shared - left.shared);
  // An instruction that does not stand on its own, where the prompt does not ask for one that does.
  const instruction = /stands on its own/u.test(system)
    ? `${sentenceOf(task)} Give the result in full.`
    : "Go on with it.";
  return { reason: "Its description fits.", next: best?.name ?? "done", instruction };
}

/** Remembers the user's sentences in the first person that name no secret. */
export function remember({ system, user }: Asked): Answer {
  const turns = turnsOf(jsonAfter(user, "The conversation, as JSON:"));
  const isGuarded = /passwords, keys/iu.test(system);
  const isOnlyUser = /what the assistant said on its own/u.test(system);
  const items = turns
    .filter(({ role }) => role === "user" || !isOnlyUser)
    .flatMap(({ text }) => text.split(/(?<=[.!])\s+/u))
    .filter((sentence) => /\b(?:I|my|we|our)\b/iu.test(sentence) && !sentence.includes("?"))
    .filter((sentence) => !isGuarded || !/password|api key|ignore/iu.test(sentence))
    .map((sentence) => ({
      text: `The user said: ${sentence}`,
      kind: /prefer|like|want/iu.test(sentence) ? "preference" : /decided/iu.test(sentence) ? "decision" : "fact",
      quote: sentence,
      // The schema asks for null where nothing is replaced.
      replaces: null,
    }));
  return { items };
}

/** Joins what the user said, up to the number of words. */
export function summarise({ system, user }: Asked): Answer {
  const most = Number(/at most (\d+) words/u.exec(system)?.[1] ?? 10_000);
  const before = jsonAfter(user, "The summary so far, as JSON text:");
  const turns = turnsOf(jsonAfter(user, "The turns, as JSON:"));
  const keepsExactly = /exactly as they were written/u.test(system);
  const said = turns
    .filter(({ text }) => !/^(?:hi|hello|thanks|thank you)\b/iu.test(text))
    .map(({ role, text }) => `The ${role} said: ${keepsExactly ? text : text.replaceAll(/\d+/gu, "some")}`);
  const words = [...(typeof before === "string" ? [before] : []), ...said].join(" ").split(/\s+/u);
  return { summary: words.slice(0, most).join(" ") };
}

/** Mends the answer's values one by one, by the types of the schema. */
export function mend({ system, user }: Asked): Answer {
  const schema = jsonAfter(user, "The schema:");
  const given = parsed(textAfter(user, "The answer, as JSON text:"));
  const properties = record(record(schema)["properties"]);
  const keepsAll = !/Remove what the schema does not allow/u.test(system);
  const mended = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, converted(given[name], record(member)["type"])]),
  );
  return { answer: JSON.stringify(keepsAll ? { ...given, ...mended } : mended) };
}

function converted(value: unknown, type: unknown): unknown {
  if (type === "array") return Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (type === "number" || type === "integer") return Number(value ?? 0);
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  const json = /\{[\s\S]*\}/u.exec(text)?.[0] ?? "{}";
  try {
    return record(JSON.parse(json));
  } catch {
    return {}; // cut off: nothing of it is complete
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function turnsOf(value: unknown): readonly { readonly role: string; readonly text: string }[] {
  return (Array.isArray(value) ? value : []).map((turn) => {
    const { role, text } = record(turn);
    return { role: String(role), text: String(text) };
  });
}
