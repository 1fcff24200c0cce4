import type { Evidence } from "./evidence.ts";
import type { Filled, Slot } from "./fill.ts";
import { NO_ANSWER } from "./material.ts";
import { hintsOf } from "./names.ts";
import { textOf } from "./shape.ts";

/**
 * Fills a string of a given format with the first piece of the relevant sentences that has it. Where there is none, a required string
 * gets a value that has the format and cannot be taken for real: the epoch, the nil UUID, an address under `.invalid`.
 */
export function fillFormat({ shape, name, about }: Slot, evidence: Evidence): Filled {
  const format = textOf(shape["format"]);
  const rule = FORMATS[format];
  const pattern = rule?.pattern ?? compiled(textOf(shape["pattern"]));
  const texts =
    about === undefined
      ? evidence.ranking(hintsOf(name, shape)).relevant.map(({ candidate }) => candidate.text)
      : [about.candidate.text];
  const meta = about?.candidate.meta[name];
  for (const text of typeof meta === "string" ? [meta, ...texts] : texts) {
    const found = pattern?.exec(text)?.[0];
    if (found !== undefined && found !== "") return { value: found, found: true };
  }
  return { value: rule?.nothing ?? NO_ANSWER, found: false };
}

interface Format {
  readonly pattern: RegExp;
  readonly nothing: string;
}

const DATE = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?`;

const FORMATS: Readonly<Record<string, Format>> = {
  date: { pattern: new RegExp(`\\b${DATE}\\b`, "u"), nothing: "1970-01-01" },
  time: { pattern: new RegExp(`\\b${TIME}\\b`, "u"), nothing: "00:00:00" },
  "date-time": { pattern: new RegExp(`\\b${DATE}T${TIME}Z`, "u"), nothing: "1970-01-01T00:00:00Z" },
  email: {
    pattern: /\b[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b/u,
    nothing: "unknown@example.invalid",
  },
  uri: { pattern: /\bhttps?:\/\/[^\s<>"'`)\]]*[^\s<>"'`)\].,;:!?]/u, nothing: "about:blank" },
  uuid: {
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/iu,
    nothing: "00000000-0000-0000-0000-000000000000",
  },
  ipv4: { pattern: /\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b/u, nothing: "0.0.0.0" },
};

function compiled(pattern: string): RegExp | undefined {
  if (pattern === "") return undefined;
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    // A schema may come from another language; a pattern that this one cannot read finds nothing.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
