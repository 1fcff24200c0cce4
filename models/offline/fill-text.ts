import type { JsonValue } from "../../core/json.ts";
import type { Evidence } from "./evidence.ts";
import type { Filled, Slot } from "./fill.ts";
import { fillFormat } from "./fill-format.ts";
import { NO_ANSWER } from "./material.ts";
import { hintsOf, isAskName, isTextName, isTitleName } from "./names.ts";
import type { Ranked } from "./ranking.ts";
import { numberOf, type Shape, textOf } from "./shape.ts";

/**
 * Fills a string. Inside a list of objects: the metadata of the object's passage that has the property's name, else its sentence for a
 * property named like a text, else the variable of that name, else the sentence. On its own: a summary of the best sentences.
 */
export function fillText(slot: Slot, evidence: Evidence): Filled {
  if (slot.shape["format"] !== undefined || slot.shape["pattern"] !== undefined) return fillFormat(slot, evidence);
  const text = slot.about === undefined ? answerFor(slot, evidence) : textAbout(slot, slot.about, evidence);
  return text === undefined || text === ""
    ? { value: fitted(NO_ANSWER, slot.shape), found: false }
    : { value: fitted(text, slot.shape), found: true };
}

function textAbout({ name }: Slot, { candidate }: Ranked, { material }: Evidence): string {
  const meta = plain(candidate.meta[name]);
  if (meta !== undefined) return meta;
  return isTextName(name) ? candidate.text : (material.variables.get(name) ?? candidate.text);
}

function plain(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function answerFor({ name, shape }: Slot, evidence: Evidence): string | undefined {
  const { asked } = evidence.material;
  const best = evidence.ranking(hintsOf(name, shape)).relevant;
  if (isAskName(name)) return evidence.questions(name)[0]?.candidate.text;
  const meta = plain(best[0]?.candidate.meta[name]);
  if (meta !== undefined && !isTextName(name)) return meta;
  if (isTitleName(name)) return asked[0]?.text.trim() ?? best[0]?.candidate.text;
  return summary(best, Math.min(LONGEST_SUMMARY, longestOf(shape)));
}

const LONGEST_SUMMARY = 600;
const MOST_SENTENCES = 4;
/** What scores less than this share of the best sentence waters a summary down. */
const WORTH_SAYING = 0.55;

/** The schema's own bound, or the one that its description names: strict structured output knows no `maxLength`. */
function longestOf(shape: Shape): number {
  const described = AT_MOST.exec(textOf(shape["description"]))?.[1];
  const bound = described === undefined ? Number.POSITIVE_INFINITY : Number(described);
  return Math.min(numberOf(shape["maxLength"]) ?? Number.POSITIVE_INFINITY, bound);
}

const AT_LEAST = /\bat least (\d{1,5}) (?:characters|chars|letters)/iu;
const AT_MOST = /\b(?:at most|up to|max(?:imum)?(?: of)?|no more than) (\d+) (?:characters|chars|letters)/iu;

/** The best sentences, in the order of the material. */
function summary(best: readonly Ranked[], longest: number): string | undefined {
  const [first] = best;
  if (first === undefined) return undefined;
  const chosen = [first];
  let length = first.candidate.text.length;
  for (const entry of best.slice(1)) {
    if (chosen.length >= MOST_SENTENCES || entry.score < first.score * WORTH_SAYING) break;
    if (length + 1 + entry.candidate.text.length > longest) continue;
    chosen.push(entry);
    length += 1 + entry.candidate.text.length;
  }
  return inSourceOrder(chosen)
    .map(({ candidate }) => ended(candidate.text))
    .join(" ");
}

/** Sentences of one file by line, files by their best sentence; without lines the order of the material. */
function inSourceOrder(chosen: readonly Ranked[]): readonly Ranked[] {
  const files = [...new Set(chosen.map(({ candidate }) => textOf(candidate.meta["file"])))];
  return chosen.toSorted((a, b) => {
    const [fileA, fileB] = [textOf(a.candidate.meta["file"]), textOf(b.candidate.meta["file"])];
    const [lineA, lineB] = [numberOf(a.candidate.meta["line"]), numberOf(b.candidate.meta["line"])];
    if (fileA !== fileB) return files.indexOf(fileA) - files.indexOf(fileB);
    return lineA === undefined || lineB === undefined || lineA === lineB ? a.index - b.index : lineA - lineB;
  });
}

/** A list item without a full stop would run into the sentence behind it. */
function ended(text: string): string {
  return /[.!?。！？…:;]["'”’»)\]`*_]*$/u.test(text) ? text : `${text}.`;
}

/**
 * Cuts a text to the schema's bounds, at the end of a word where there is one, or repeats it up to them. JSON schema counts code points and
 * zod counts UTF-16 units: the longer count must fit below, the shorter one above.
 */
export function fitted(text: string, shape: Shape): string {
  const least = numberOf(shape["minLength"]) ?? Number(AT_LEAST.exec(textOf(shape["description"]))?.[1] ?? 0);
  const most = Math.max(longestOf(shape), least);
  let long = text;
  while ([...long].length < least) long = `${long} ${text === "" ? NO_ANSWER : text}`;
  if (long.length <= most) return long;
  // Iterating by code point never cuts a character in two.
  let cut = "";
  for (const sign of long) {
    if (cut.length + sign.length > most) break;
    cut += sign;
  }
  const word = cut.replace(/\s+\S*$/u, "");
  const chosen = [...word].length >= Math.max(least, most / 2) ? word : cut;
  return chosen + ".".repeat(Math.max(0, least - [...chosen].length));
}
