import { type Shape, textOf } from "./shape.ts";

/** The words of a name: `subQuestion`, `sub_question` and `sub-question` are `sub`, `question`. */
export function wordsOfName(name: string): readonly string[] {
  return name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

function anyWord(pattern: RegExp): (name: string) => boolean {
  return (name) => wordsOfName(name).some((word) => pattern.test(word));
}

/** Names of what is asked: a variable of this name is the query, however long it is; a field of this name holds questions. */
export const isAskName = anyWord(
  /^(?:questions?|subquestions?|quer(?:y|ies)|topics?|subtopics?|subjects?|tasks?|goals?|requests?|instructions?|asks?|search(?:es)?|keywords?)$/u,
);

/** Names of what is still missing. */
export const isGapName = anyWord(
  /^(?:gaps?|missing|unanswered|unresolved|todos?|issues?|problems?|objections?|complaints?)$/u,
);

/** Names of a text in its own right, which a sentence may fill. */
export const isTextName = anyWord(
  /^(?:claims?|texts?|sentences?|facts?|statements?|findings?|summary|contents?|answers?|points?|details?|body|notes?|evidence|quotes?|excerpts?|passages?)$/u,
);

export const isTitleName = anyWord(/^(?:title|headline|name)$/u);

/** Names and enum members that let the work go on. */
export const isApproval = anyWord(
  /^(?:approved?|approves|accept(?:ed|able)?|pass(?:ed|es)?|ok|okay|yes|done|complete[d]?|finish(?:ed)?|publish|send|ship|valid|good|end|sufficient|enough|ready|correct|satisfied|sound|proceed|allow(?:ed)?|safe)$/u,
);

/** Names and enum members that send the work back or stop it. */
export const isRejection = anyWord(
  /^(?:revis(?:e|ed|ion)|reject(?:ed)?|rewrite|retry|redo|fail(?:ed|s|ure)?|no|incomplete|invalid|bad|insufficient|wrong|incorrect|errors?|escalate|block(?:ed)?|deny|denied|unsafe|improve|changes|not|more|again)$/u,
);

/** Enum members that say nothing in particular. */
export const isNeutral = anyWord(
  /^(?:other|others|none|unknown|neutral|general|medium|normal|unclear|misc|default|mixed|na)$/u,
);

export const isCountName = (name: string): boolean =>
  /^(?:num(?:ber)?_?of)/iu.test(name) || wordsOfName(name).some((word) => /^counts?$/u.test(word));
export const isScoreName = anyWord(
  /^(?:score|confidence|relevance|rating|probability|likelihood|certainty|quality|similarity|grade|weight)$/u,
);

/** The words of a field's name and description: they decide between answers, but make none. */
export function hintsOf(name: string, shape: Shape): string {
  return `${wordsOfName(name).join(" ")} ${textOf(shape["description"])}`;
}
