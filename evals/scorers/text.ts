import { distance } from "fastest-levenshtein";
import { z } from "zod";

import { canonicalJson, textOf } from "../../core/json.ts";
import { identityOf, passes, type Scorer, shown } from "../scorer.ts";
import { matchWithin } from "./match-within.ts";
import { actualOf, expectedOf, Part } from "./part.ts";

/** The output equals what the case expects, as data. */
export const Exact = Part;

export function exact(options: z.infer<typeof Exact> = {}): Scorer {
  return {
    name: "exact",
    identity: identityOf("exact", options),
    score(scored) {
      const actual = actualOf(scored, options);
      const expected = expectedOf(scored, options);
      const equal = actual !== undefined && canonicalJson(actual) === canonicalJson(expected);
      return passes(equal, `Expected ${shown(expected)}, got ${shown(actual)}.`);
    },
  };
}

/** The share of texts that the output contains. */
export const Contains = Part.extend({
  /** @default the case's `expected` */
  text: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  caseSensitive: z.boolean().default(false),
});

export function contains(given: z.input<typeof Contains> = {}): Scorer {
  const options = Contains.parse(given);
  return {
    name: "contains",
    identity: identityOf("contains", options),
    score(scored) {
      const fold = (text: string): string => (options.caseSensitive ? text : text.toLowerCase());
      const text = fold(textOf(actualOf(scored, options)));
      const wanted = options.text ?? expectedOf(scored, options);
      const parts = (Array.isArray(wanted) ? wanted : [wanted]).map((part) => textOf(part));
      const missing = parts.filter((part) => !text.includes(fold(part)));
      if (missing.length === 0) return { score: 1 };
      return { score: 1 - missing.length / parts.length, reason: `Does not contain ${missing.map(shown).join(", ")}.` };
    },
  };
}

/** The output matches a regular expression, found within 100 ms. */
export const Regex = Part.extend({
  pattern: z.string(),
  flags: z
    .string()
    .regex(/^[imsuv]*$/u)
    .default("u"),
});

export function regex(given: z.input<typeof Regex>): Scorer {
  const options = Regex.parse(given);
  return {
    name: "regex",
    identity: identityOf("regex", options),
    async score(scored) {
      const text = textOf(actualOf(scored, options));
      return passes(await matchWithin(options, text), `${shown(text)} does not match \`${options.pattern}\`.`);
    },
  };
}

/** How near the output comes to the expected text: 1 − edits ÷ length of the longer. */
export const Levenshtein = Part;

export function levenshtein(options: z.infer<typeof Levenshtein> = {}): Scorer {
  return {
    name: "levenshtein",
    identity: identityOf("levenshtein", options),
    score(scored) {
      const actual = textOf(actualOf(scored, options)).slice(0, LONGEST);
      const expected = textOf(expectedOf(scored, options)).slice(0, LONGEST);
      const longer = Math.max(actual.length, expected.length);
      if (longer === 0) return { score: 1 };
      const edits = distance(actual, expected);
      return edits === 0
        ? { score: 1 }
        : { score: 1 - edits / longer, reason: `${edits} edits from ${shown(expected)}.` };
    },
  };
}

/** Edits are counted in quadratic time. */
const LONGEST = 20_000;
