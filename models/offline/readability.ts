import { type JsonObject, textOf } from "../../core/json.ts";
import type { Ask, Candidate } from "./material.ts";

/** How well a sentence reads alone: questions, openings that point backwards, and very short or long ones lose. */
export function readability({ text, from, meta }: Candidate, asked: readonly Ask[]): number {
  if (from === "item") return 1;
  const words = text.split(/\s+/u).length;
  const length = words < 5 ? 0.7 : words > 70 ? 0.5 : words > 40 ? 0.75 : 1;
  const question = /[?？]["'”’)]*$/u.test(text) ? 0.4 : 1;
  const backwards = POINTS_BACKWARDS.test(text) || /^[(\p{Ll}]/u.test(text) ? 0.5 : 1;
  const bare = ENDS.test(text) ? 1 : LABELLED.test(text) ? 0.45 : 0.7;
  const dangling = POINTS_AT_CASE.test(text) ? 0.6 : 1;
  const mishap = isAboutMishap(meta) && !asked.some(({ text: asked_ }) => ASKS_MISHAP.test(asked_)) ? 0.5 : 1;
  const negation = NEGATES.test(text) && !asked.some(({ text: asked_ }) => ASKS_NEGATION.test(asked_)) ? 0.5 : 1;
  const definition =
    asked.some(({ text: question_ }) => DEFINITION_ASKED.test(question_)) && DEFINES.test(text) ? 1.25 : 1;
  const prose = codeShare(text) > 0.6 ? 0.3 : codeShare(text) > 0.4 || hasManySigns(text) ? 0.6 : 1;
  return (
    length *
    question *
    backwards *
    dangling *
    bare *
    mishap *
    negation *
    definition *
    prose *
    (isEnumeration(text, words) ? 0.7 : 1)
  );
}

/** "CI: types, lint, tests, examples …" names things without saying much of any. */
function isEnumeration(text: string, words: number): boolean {
  return (text.match(/[,;·/]\s/gu)?.length ?? 0) > 2 + words / 10;
}

function codeShare(text: string): number {
  const code = (text.match(/`[^`]*`/gu) ?? []).reduce((sum, { length }) => sum + length, 0);
  return code / Math.max(1, text.length);
}

/** Arrows, pipes and brackets are notes for those who know, not sentences. */
function hasManySigns(text: string): boolean {
  return (text.match(/[→|={}<>\\/[\]+~^]/gu)?.length ?? 0) > 3 + text.length / 60;
}

const POINTS_BACKWARDS =
  /^(?:it|they|this|that|these|those|he|she|however|therefore|thus|hence|also|but|and|or|so|then|here|instead|otherwise|such|both|its|their|the (?:same|former|latter|above))\b/iu;
/** A point of a list that does not end like a sentence often lacks its verb, too. */
const ENDS = /[.!?。！？…]["'”’»)\]」』`*_]*$/u;
/** "Code 2: the run waits" is an entry of a list or table: it answers who asks for the entry, and says less than a sentence to everybody else. */
const LABELLED = /^[^.!?:]{1,60}: /u;
/** "A run that failed for this reason …" tells nothing to who has not read the reason. */
const POINTS_AT_CASE =
  /\b(?:for|in|by|from|with|under|after|at) (?:this|these|those|such(?: an?)?|the (?:same|latter|former|above)) (?:reasons?|cases?|ways?|situations?|errors?|points?|tim(?:e|es)|circumstances?|conditions?|steps?)\b/iu;

/** What stands on a page of errors is said of a mishap: who asks how things are asks for the rule, not for the case in which it broke. */
function isAboutMishap({ file, heading }: JsonObject): boolean {
  return MISHAP_PLACE.test(textOf(file).replaceAll(/[/_.-]+/gu, " ")) || MISHAP_PLACE.test(textOf(heading));
}

const MISHAP_PLACE =
  /(?:^|\s)(?:errors?|troubleshooting|known (?:issues|problems)|what to do|common (?:errors|problems))(?:\s|$)/iu;
const ASKS_MISHAP =
  /\b(?:errors?|exceptions?|problems?|issues?|troubleshoot\w*|wrong|fix\w*|refus\w+|reject\w+|unavailable|unreachable|corrupt\w*|cannot|can't|invalid|missing|broken?)\b|\p{L}-(?:invalid|missing|unknown|failed)\b/iu;

/** "Nothing was stored." says of one case what did not happen there; who asks what is stored asks for the other cases. */
const NEGATES = /^(?:nothing|nobody|none|neither|no one)\b/iu;
const ASKS_NEGATION = /\b(?:not|no|never|nothing|nobody|none|neither|without|fails?|failed|wrong|lost)\b|n't\b/iu;
const DEFINITION_ASKED = /^\s*what(?:'s|\s+is|\s+are)\s+(?:an?\s+|the\s+)?\S+(?:\s+\S+)?\s*\??\s*$/iu;
const DEFINES = /^.{1,60}?\s(?:is|are|means|=)\s/u;
