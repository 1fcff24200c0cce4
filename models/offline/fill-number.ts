import { terms } from "../../core/terms.ts";
import type { Evidence } from "./evidence.ts";
import type { Filled, Slot } from "./fill.ts";
import { hintsOf, isApproval, isCountName, isGapName, isRejection, isScoreName } from "./names.ts";
import type { Ranked } from "./ranking.ts";
import { metaNamed } from "./material.ts";
import { numberOf, type Shape } from "./shape.ts";

/**
 * Fills a number: the metadata of that name; the number of relevant candidates for a count; the share of the question's words that the
 * best candidate holds for a score; else the number nearest to a word of the question in the best candidates. 0 when there is none.
 */
export function fillNumber(slot: Slot, evidence: Evidence): Filled {
  const { shape, name, about } = slot;
  const { relevant } = evidence.ranking(hintsOf(name, shape));
  const best = about ?? relevant[0];
  const meta = best === undefined ? undefined : metaNamed(best.candidate, name);
  if (typeof meta === "number") return numeric(meta, shape, true);
  if (isCountName(name)) return numeric(relevant.length, shape, true);
  if (isScoreName(name)) return numeric(scaled(best?.coverage ?? 0, shape), shape, best !== undefined);
  const entries = about === undefined ? relevant.slice(0, MOST_READ) : [about];
  const found = entries.map((entry) => nearestNumber(entry, evidence)).find((value) => value !== undefined);
  return numeric(found ?? 0, shape, found !== undefined);
}

const MOST_READ = 3;

/** Coverage runs from 0 to 1; a schema with a larger range gets its share of that. */
function scaled(coverage: number, shape: Shape): number {
  // zod bounds every integer by what JavaScript can count exactly; that is no scale.
  const [lowest, highest] = [numberOf(shape["minimum"]), numberOf(shape["maximum"])];
  const least = lowest === undefined || lowest <= Number.MIN_SAFE_INTEGER ? 0 : lowest;
  const most = highest === undefined || highest >= Number.MAX_SAFE_INTEGER ? Math.max(least, 1) : highest;
  return Math.round((least + coverage * (most - least)) * 100) / 100;
}

function nearestNumber({ candidate: { text } }: Ranked, { material }: Evidence): number | undefined {
  const wanted = new Set(material.asked.flatMap((ask) => terms(ask.text)));
  const words = [...text.matchAll(/[\p{L}\p{M}]+/gu)].filter(({ 0: word }) =>
    terms(word).some((term) => wanted.has(term)),
  );
  const numbers = [...text.matchAll(NUMBER)].map(({ 0: digits, index }) => ({
    value: Number(digits.replaceAll(",", "").replace("−", "-")),
    distance: Math.min(...words.map((word) => Math.abs(word.index - index)), Number.MAX_SAFE_INTEGER),
  }));
  return numbers.toSorted((a, b) => a.distance - b.distance)[0]?.value;
}

/** Neither part of a word nor of a version or date: `v2`, `1.2.3` and `2026-11-22` are names, not numbers. */
const NUMBER = /(?<![\p{L}\p{N}_.,:/-])[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\p{L}\p{N}_]|[.,:/-]\d)/gu;

function numeric(value: number, shape: Shape, found: boolean): Filled {
  return { value: bounded(value, shape), found };
}

function bounded(value: number, shape: Shape): number {
  const step = numberOf(shape["multipleOf"]) ?? (shape["type"] === "integer" ? 1 : 0);
  const above = numberOf(shape["exclusiveMinimum"]);
  const below = numberOf(shape["exclusiveMaximum"]);
  const gap = step > 0 ? step : Math.max(Math.abs(above ?? 0), Math.abs(below ?? 0), 1) * 1e-6;
  const least = Math.max(
    numberOf(shape["minimum"]) ?? Number.NEGATIVE_INFINITY,
    above === undefined ? Number.NEGATIVE_INFINITY : above + gap,
  );
  const most = Math.min(
    numberOf(shape["maximum"]) ?? Number.POSITIVE_INFINITY,
    below === undefined ? Number.POSITIVE_INFINITY : below - gap,
  );
  const inside = Math.min(Math.max(Number.isFinite(value) ? value : 0, least), most);
  if (step === 0) return inside;
  const rounded = Math.round(inside / step) * step;
  const up = rounded < least ? Math.ceil(least / step) * step : rounded;
  // `+ 0` turns -0, which JSON cannot carry, into 0.
  return (up > most ? Math.floor(most / step) * step : up) + 0;
}

/**
 * Fills a boolean. A word of approval is true unless there are gaps, a word of rejection the opposite, so that a loop waiting for approval
 * ends. Anything else is true when the material holds an answer.
 */
export function fillBoolean({ shape, name, about }: Slot, evidence: Evidence): Filled {
  if (isRejection(name) || isGapName(name)) return { value: evidence.hasGaps, found: true };
  if (isApproval(name)) return { value: !evidence.hasGaps, found: true };
  const found = about !== undefined || evidence.ranking(hintsOf(name, shape)).relevant.length > 0;
  return { value: found, found };
}
