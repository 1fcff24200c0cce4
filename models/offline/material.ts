import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { ModelRequest } from "../model.ts";
import { isAskName, isGapName, isTextName } from "./names.ts";
import { sentencesOf } from "./sentences.ts";

/** What offline() writes where a text is required and the material holds none. */
export const NO_ANSWER = "No answer found in the sources.";

/** A piece of the given material that may become (part of) an answer. */
export interface Candidate {
  readonly text: string;
  /** Where it is from: metadata of its passage, or the other fields of its record. */
  readonly meta: JsonObject;
  readonly from: "passage" | "text" | "item";
  /** Name of the list variable it is an item of. */
  readonly list?: string;
}

/** The metadata for a property of this name; the items of a list `numbers` are each a `number`. */
export function metaNamed({ meta }: Candidate, name: string): JsonValue | undefined {
  return meta[name] ?? (name.endsWith("s") ? meta[name.slice(0, -1)] : undefined);
}

/** A request, taken apart. */
export interface Material {
  /** What is asked: the short strings among the variables. */
  readonly asked: readonly Ask[];
  /** What may answer it, passages first. */
  readonly candidates: readonly Candidate[];
  /** All that was given, also what does not stand under the heading that is asked for: tells rare words from common ones. */
  readonly background: readonly Candidate[];
  /** List items that are themselves questions or topics: they can be picked, but they answer nothing. */
  readonly questions: readonly Candidate[];
  /** True when a variable names something that is still missing. */
  readonly hasGaps: boolean;
  /** All string variables by name. */
  readonly variables: ReadonlyMap<string, string>;
}

export interface Ask {
  readonly text: string;
  /** A sub-question counts more than the question it is part of. */
  readonly weight: number;
}

/** Takes the variables and passages of a request apart into what is asked and what may answer it. */
export function materialOf(request: ModelRequest): Material {
  const parts: Parts = { asked: [], texts: [], items: [], questions: [], hasGaps: false, variables: new Map() };
  for (const [name, value] of Object.entries(request.input)) addVariable(parts, name, value);
  const passages = request.passages.flatMap(({ text, meta }) =>
    piecesOf(text).map((piece): Candidate => ({ text: piece, meta, from: "passage" })),
  );
  const { asked, questions, hasGaps, variables } = parts;
  const quoted = underQuotedHeading(passages, asked);
  return {
    asked: quoted.asked,
    questions,
    hasGaps,
    variables,
    background: [...passages, ...parts.texts, ...parts.items],
    candidates: [...quoted.passages, ...parts.texts, ...parts.items].filter(({ text }) => text !== NO_ANSWER),
  };
}

/**
 * A query that puts the heading of a passage in quotation marks asks for what stands under that heading. The heading then is no word of
 * the query any more: standing under it alone is no answer.
 */
function underQuotedHeading(
  passages: readonly Candidate[],
  asked: readonly Ask[],
): { readonly passages: readonly Candidate[]; readonly asked: readonly Ask[] } {
  const headings = new Set(
    passages.flatMap(({ meta: { heading } }) => (typeof heading === "string" && heading !== "" ? [heading] : [])),
  );
  const named = [...headings].filter((heading) =>
    asked.some(({ text }) => quotesOf(heading).some((quote) => text.includes(quote))),
  );
  if (named.length === 0) return { passages, asked };
  const marks = named.flatMap(quotesOf);
  return {
    passages: passages.filter(({ meta: { heading } }) => typeof heading === "string" && named.includes(heading)),
    asked: asked.map(({ text, weight }) => ({
      text: marks.reduce((rest, quote) => rest.replaceAll(quote, " "), text),
      weight,
    })),
  };
}

function quotesOf(heading: string): readonly string[] {
  return [`“${heading}”`, `"${heading}"`];
}

interface Parts {
  readonly asked: Ask[];
  readonly texts: Candidate[];
  readonly items: Candidate[];
  readonly questions: Candidate[];
  readonly variables: Map<string, string>;
  hasGaps: boolean;
}

function addVariable(parts: Parts, name: string, value: JsonValue): void {
  if (typeof value === "string") addText(parts, name, value);
  else if (Array.isArray(value)) addList(parts, name, value);
  else if (isJsonObject(value)) for (const [key, member] of Object.entries(value)) addVariable(parts, key, member);
}

function addText(parts: Parts, name: string, value: string): void {
  if (value.trim() === "") return;
  parts.variables.set(name, value);
  if (isToken(value)) return;
  if (isAskName(name) || !isProse(value)) {
    parts.asked.push({ text: value, weight: name.startsWith("sub") ? 2 : 1 });
  } else {
    if (isGapName(name)) parts.hasGaps = true;
    parts.texts.push(...piecesOf(value).map((text): Candidate => ({ text, meta: {}, from: "text" })));
  }
}

const LONGEST_QUESTION = 200;

/** An id, a hash or a key is no question: no text would ever hold it. */
function isToken(text: string): boolean {
  return /^(?=\S*\d)[\w.:/+=-]{16,}$/u.test(text.trim());
}

/** What ends like a statement, or is longer than a question, is material; a few words or a question are what is asked. */
function isProse(text: string): boolean {
  return text.length > LONGEST_QUESTION || /[.!。！…]["'”’»)\]]*\s*$/u.test(text) || sentencesOf(text).length > 1;
}

function addList(parts: Parts, name: string, items: readonly JsonValue[]): void {
  if (isGapName(name) && items.length > 0) parts.hasGaps = true;
  for (const item of items) {
    const candidate =
      typeof item === "string" ? itemOf(item, {}, name) : isJsonObject(item) ? recordOf(item, name) : undefined;
    if (candidate === undefined) continue;
    const isQuestion = isAskName(name) || isGapName(name) || /[?？]\s*$/u.test(candidate.text);
    (isQuestion ? parts.questions : parts.items).push(candidate);
  }
}

function itemOf(text: string, meta: JsonObject, list: string): Candidate | undefined {
  return text.trim() === "" ? undefined : { text: text.trim(), meta, from: "item", list };
}

/** A record speaks by the member that is named like a text, else by its longest one. */
function recordOf(record: JsonObject, list: string): Candidate | undefined {
  const texts = Object.entries(record).flatMap(([key, value]) => (typeof value === "string" ? [{ key, value }] : []));
  const named = texts.find(({ key }) => isTextName(key));
  const longest = texts.toSorted((a, b) => b.value.length - a.value.length)[0];
  const chosen = named ?? longest;
  return chosen === undefined ? undefined : itemOf(chosen.value, record, list);
}

/** The sentences of a text; a text without any, such as a label or a line of a table, counts as one piece. */
function piecesOf(text: string): readonly string[] {
  const sentences = sentencesOf(text);
  const whole = text.replace(/\s+/gu, " ").trim();
  const isShort = whole !== "" && whole.length <= LONGEST_QUESTION;
  return sentences.length === 0 && isShort && !/^(?:```|#)/u.test(whole) ? [whole] : sentences;
}
