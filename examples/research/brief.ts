import { sideOf } from "./sources/topics.ts";
import type { CheckedStatement, DroppedNote, Finding, Review } from "./state.ts";

export interface Material {
  readonly question: string;
  readonly subQuestions: readonly string[];
  readonly reviews: readonly Review[];
  readonly corpus: { readonly files: number; readonly sentences: number };
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  readonly findings: readonly Finding[];
  readonly statements: readonly CheckedStatement[];
  readonly dropped: readonly DroppedNote[];
  readonly changed: readonly string[];
}

/** Sets a brief in Markdown: the statements by sub-question, what found no answer, the sources, and what a reader must know of them. */
export function renderBrief(material: Material, model: string): string {
  const isOffline = model === "offline";
  const parts = [
    `# ${inline(material.question)}`,
    ...(isOffline ? [WITHOUT_MODEL] : []),
    ...answers(material, isOffline),
    ...sourceList(material.findings, isOffline),
    remarks(material),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const WITHOUT_MODEL =
  "> Made without a language model: these are sentences and table rows of the sources, picked because their words match. Set `OPENAI_API_KEY` for a written answer.";
const NO_ANSWER = "No answer found in the sources.";

function answers({ question, subQuestions, reviews, statements }: Material, isOffline: boolean): readonly string[] {
  const asked = [...new Set([...subQuestions, ...reviews.flatMap(({ gaps }) => gaps)])];
  const groups = asked.map((subQuestion) => ({
    subQuestion,
    found: statements.filter((statement) => statement.subQuestion === subQuestion),
  }));
  const answered = groups.filter(({ found }) => found.length > 0);
  if (answered.length === 0) return [NO_ANSWER];
  const titleOf = (subQuestion: string): string => inline(sideOf(question, subQuestion) ?? subQuestion);
  const sections = answered.flatMap(({ subQuestion, found }) => {
    // Under the title, a heading that repeats it says nothing.
    const heading = subQuestion === question ? [] : [`## ${titleOf(subQuestion)}`];
    return [...heading, isOffline ? bullets(found.map(cited)) : found.map(cited).join(" ")];
  });
  // That a side of the question adds nothing is no missing answer.
  const whole = subQuestions.filter(
    (subQuestion) => subQuestion !== question && sideOf(question, subQuestion) === undefined,
  );
  const open = whole.filter((subQuestion) => answered.every((group) => group.subQuestion !== subQuestion));
  return [...sections, ...(open.length === 0 ? [] : ["## No answer found in the sources", bullets(open.map(titleOf))])];
}

function cited({ text, cites }: CheckedStatement): string {
  return `${inline(text)} ${cites.map((place) => `[${place}]`).join("")}`;
}

/** Without a model the sentences are the quotes themselves. */
function sourceList(findings: readonly Finding[], isOffline: boolean): readonly string[] {
  if (findings.length === 0) return [];
  const lines = findings.map(
    ({ file, line, quote }, index) => `${index + 1}. ${code(`${file}:${line}`)}${isOffline ? "" : ` ${code(quote)}`}`,
  );
  return ["## Sources", lines.join("\n")];
}

const MOST_SKIPPED_SHOWN = 5;

function remarks({ corpus, skipped, dropped, changed, findings }: Material): string {
  const hidden = skipped.length - MOST_SKIPPED_SHOWN;
  return [
    `Searched ${count(corpus.sentences, "sentence")} and table rows in ${count(corpus.files, "file")}${findings.length === 0 ? "." : "; every quote was checked against its file."}`,
    ...(dropped.length === 0
      ? []
      : [`Left out ${count(dropped.length, "finding")} whose quote was not at the cited place.`]),
    ...(changed.length === 0 ? [] : [`Changed since they were read: ${changed.map(code).join(", ")}.`]),
    ...skipped.slice(0, MOST_SKIPPED_SHOWN).map(({ file, reason }) => `Not read: ${code(file)} (${reason}).`),
    ...(hidden > 0 ? [`Not read: ${hidden} more.`] : []),
  ].join("\n");
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

/** Text of others as one line that cannot become a heading, a link, a list or a tag of this document. */
function inline(text: string): string {
  return text
    .replace(/\s+/gu, " ")
    .trim()
    .replace(/^(#{1,6} |[-+*>] |\d+[.)] |[-=]{3,})/u, "\\$1")
    .split(/(`+[^`]*`+)/u)
    .map((part) => (part.startsWith("`") ? part : part.replace(/<(?=[a-z/!?])/giu, "\\<").replaceAll("](", "]\\(")))
    .join("");
}

function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const room = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${room}${text.replace(/\s/gu, " ")}${room}${fence}`;
}
