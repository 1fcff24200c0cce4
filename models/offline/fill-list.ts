import type { JsonValue } from "../../core/json.ts";
import type { Evidence } from "./evidence.ts";
import type { fill, Filled, Slot } from "./fill.ts";
import { type Candidate, NO_ANSWER } from "./material.ts";
import { fitted } from "./fill-text.ts";
import { hintsOf, isAskName, isGapName } from "./names.ts";
import type { Ranked } from "./ranking.ts";
import { alternativesOf, listOf, numberOf, type Shape, shapeOf } from "./shape.ts";

/**
 * Fills a list with one entry per best candidate: five, or as many as the schema bounds. A list of questions takes the given questions,
 * a list of gaps those that nothing answers. Where the relevant candidates are fewer than `minItems`, others fill up.
 */
export function fillList(slot: Slot, evidence: Evidence, fillSlot: typeof fill): Filled {
  const { shape, name, depth, about } = slot;
  if (Array.isArray(shape["prefixItems"])) return fillTuple(slot, evidence, fillSlot);
  const { least, most } = boundsOf(shape);
  const item = shapeOf(shape["items"], evidence.root);
  const plain = plainText(item, evidence);
  const values: JsonValue[] = [];
  for (const entry of depth > DEEPEST_LIST ? [] : entriesFor(slot, evidence, { least, most })) {
    if (values.length >= most) break;
    const filled =
      plain === undefined
        ? fillSlot(item, { name, about: entry, depth: depth + 1 }, evidence)
        : { value: fitted(entry.candidate.text, plain), found: true };
    if (filled.found && !holds(values, filled.value)) values.push(filled.value);
  }
  const found = values.length > 0;
  if (isGapName(name) && found) evidence.hasGaps = true;
  if (about === undefined) for (const value of values) evidence.listed.add(JSON.stringify(value));
  for (let tries = 0; values.length < least && tries < least; tries++) {
    values.push(
      plain === undefined ? fillSlot(item, { name, depth: depth + 1 }, evidence).value : fitted(NO_ANSWER, plain),
    );
  }
  return { value: values, found };
}

const DEFAULT_MOST = 5;
const DEEPEST_LIST = 4;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

function boundsOf(shape: Shape): Bounds {
  const least = numberOf(shape["minItems"]) ?? 0;
  const most = numberOf(shape["maxItems"]) ?? Math.max(least, DEFAULT_MOST);
  return { least, most };
}

function entriesFor({ name, shape, about }: Slot, evidence: Evidence, { least, most }: Bounds): readonly Ranked[] {
  // Inside an object that speaks of one candidate, a list speaks of the same one.
  if (about !== undefined) return [about];
  if (isAskName(name) || isGapName(name)) {
    const questions = evidence.questions(name);
    // Chosen by relevance, told in the order in which they were given.
    if (questions.length > 0 || isGapName(name)) return questions.slice(0, most).toSorted((a, b) => a.index - b.index);
  }
  const { relevant, rest } = evidence.ranking(hintsOf(name, shape));
  const fresh = relevant.filter(({ candidate }) => !evidence.listed.has(JSON.stringify(candidate.text)));
  // Only what was given as a list may fill up: its items were meant to be chosen from.
  const fillers = fresh.length < least ? [...rest.filter(isItem), ...pickable(evidence)] : [];
  return [...fresh, ...fillers];
}

function isItem({ candidate }: Ranked): boolean {
  return candidate.from === "item";
}

function pickable({ material }: Evidence): readonly Ranked[] {
  return material.questions.map((candidate: Candidate, index): Ranked => ({ candidate, index, score: 0, coverage: 0 }));
}

/** The shape of items that are texts without further demands, which take a candidate as it is. */
function plainText(item: Shape, evidence: Evidence): Shape | undefined {
  const { options } = alternativesOf(item, evidence.root);
  const isPlain = options.every(
    (option) => option["type"] === "string" && DEMANDS.every((keyword) => option[keyword] === undefined),
  );
  return isPlain ? options[0] : undefined;
}

const DEMANDS = ["enum", "const", "format", "pattern"] as const;

function fillTuple({ shape, name, depth, about }: Slot, evidence: Evidence, fillSlot: typeof fill): Filled {
  const filled = listOf(shape["prefixItems"]).map((item) =>
    fillSlot(item, { name, depth: depth + 1, ...(about === undefined ? {} : { about }) }, evidence),
  );
  return { value: filled.map(({ value }) => value), found: filled.some(({ found }) => found) };
}

function holds(values: readonly JsonValue[], value: JsonValue): boolean {
  const text = JSON.stringify(value);
  return values.some((other) => JSON.stringify(other) === text);
}
