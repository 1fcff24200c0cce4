import type { Answer, Asked } from "./answer.ts";
import { after, linesOf, sentenceOf, wordsOf } from "./text.ts";

const NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** As many sub-questions as the prompt asks for; nine of the same where it names no number. */
export function plan({ system, user }: Asked): Answer {
  const question = after(user, "The question:");
  const topics = linesOf(user, /^- (.+)$/gmu);
  const range = /\b(\w+) to (\w+) sub-questions/u.exec(system);
  const least = NUMBERS.indexOf(range?.[1] ?? "") + 1;
  const sides = topics.map((topic) => `What do the documents say on ${topic}?`);
  const asked = [question, ...sides, "What else must a reader know?", "What limits are there?"];
  return {
    subQuestions:
      least === 0 ? Array.from({ length: 9 }, () => question) : [...new Set(asked)].slice(0, Math.max(least, 3)),
  };
}

/** Notes the passages that share words with the sub-question; a quote is shortened where the prompt does not ask for each character. */
export function research({ system, user }: Asked): Answer {
  const subQuestion = after(user, "Your sub-question:");
  const wanted = wordsOf(subQuestion);
  const isExact = /character by character|exactly as it stands|letter by letter/iu.test(system);
  const isOnlyPassages = /Use the passages only|nothing but the passages/iu.test(system);
  const passages = [...user.matchAll(/^\[(.+):(\d+)\] (.+)$/gmu)].map(([, file = "", line = "0", text = ""]) => ({
    file,
    line: Number(line),
    text,
    shared: wordsOf(text).intersection(wanted).size,
  }));
  const notes = passages
    .filter(({ shared }) => shared > 0)
    .toSorted((left, right) => right.shared - left.shared)
    .slice(0, 4)
    .map(({ file, line, text }) => ({
      claim: text,
      quote: isExact ? text : `${text.split(" ").slice(0, 4).join(" ")} …`,
      file,
      line,
      subQuestion,
    }));
  const known = {
    claim: "It is widely known.",
    quote: "it is widely known to all",
    file: "memory",
    line: 1,
    subQuestion,
  };
  return { notes: isOnlyPassages ? notes : [...notes, known].slice(0, 4) };
}

/** One sentence for each note; without numbers where the prompt does not ask for them. */
export function write({ system, user }: Asked): Answer {
  const isCited = /\bnumbers?\b[^.]*\b(?:list|prove|rests? on)\b/iu.test(system);
  const isOnlyNotes = /from notes and from nothing else|nothing but the notes/iu.test(system);
  const notes = [...user.matchAll(/^(\d+)\. \[(.+?)\] (.+) \(“/gmu)].map(([, number = "0", , claim = ""]) => ({
    text: sentenceOf(claim),
    numbers: isCited ? [Number(number)] : [],
  }));
  return {
    draft: isOnlyNotes || notes.length === 0 ? notes : [...notes, { text: "Everybody knows that.", numbers: [] }],
  };
}

/** Asks for what the draft does not speak of; again and again where the prompt does not forbid it. */
export function criticise({ system, user }: Asked): Answer {
  const question = after(user, "The question:");
  const [asked = "", draft = ""] = user.split("The draft:");
  const known = /Never ask again/iu.test(system) ? linesOf(asked, /^- (.+)$/gmu) : [];
  const wanted = wordsOf(question);
  const said = wordsOf(draft);
  const missing = [...wanted.difference(said)];
  const isAsked = known.some((gap) => gap !== question && missing.every((word) => wordsOf(gap).has(word)));
  const isOpen = missing.length > wanted.size / 2 && !isAsked;
  const gap = `What do the documents say on ${missing.join(" and ")}?`;
  const isStyleLeft = /Style is not your concern|Do not judge style/iu.test(system);
  if (!isOpen && isStyleLeft) return { reviews: { verdict: "approve", gaps: [] } };
  return { reviews: { verdict: "revise", gaps: isOpen ? [gap] : ["Could it be written more warmly?"] } };
}
