import { z } from "zod";

import { canonicalJson, isJsonObject, type JsonValue, textOf } from "../../core/json.ts";
import { parsePath, valueAt } from "../../core/path.ts";
import { identityOf, type Scored, type Scorer, shown } from "../scorer.ts";

/** The share of items that cite what they were given, and quote it as it stands there. */
export const Citations = z.strictObject({
  /** Path in the output of the list whose items cite. */
  at: z.string(),
  /** Field or fields of an item that name a source; one field may hold several names in a list. */
  cites: z.union([z.string(), z.array(z.string()).min(1)]),
  /** Path in the case's input of the list of sources; `recalled` = what the case recalls. */
  among: z.string(),
  /** Path or paths in a source that its name is made of. */
  by: z.union([z.string(), z.array(z.string()).min(1)]),
  /** Field of an item that must stand, word by word, in the cited source. @default quotes are not looked at */
  quote: z.string().optional(),
  /** Path in a source of the text that is quoted. */
  in: z.string().default("text"),
  /** So many items at least. @default 1 */
  least: z.number().int().nonnegative().default(1),
});

export function citations(given: z.input<typeof Citations>): Scorer {
  const options = Citations.parse(given);
  return {
    name: "citations",
    identity: identityOf("citations", options),
    score(scored) {
      const items = listAt(scored.output, options.at);
      if (items.length < options.least)
        return { score: 0, reason: `${items.length} items at \`${options.at}\`, expected at least ${options.least}.` };
      const sources = sourcesOf(scored, options);
      const faults = items.flatMap((item) => faultOf(item, sources, options) ?? []);
      const [first] = faults;
      return first === undefined ? { score: 1 } : { score: 1 - faults.length / items.length, reason: first };
    },
  };
}

type Options = z.output<typeof Citations>;

function sourcesOf({ input, recalled }: Scored, { among, by }: Options): ReadonlyMap<string, JsonValue> {
  const given = { ...input, recalled: recalled ?? [] };
  return new Map(listAt(given, among).map((source) => [nameOf(source, by), source]));
}

/** What is wrong with an item's citations; undefined when nothing is. */
function faultOf(item: JsonValue, sources: ReadonlyMap<string, JsonValue>, options: Options): string | undefined {
  const names = namesIn(item, options.cites);
  if (names.length === 0) return `${shown(item)} cites nothing.`;
  const unknown = names.find((name) => !sources.has(name));
  if (unknown !== undefined) return `${shown(item)} cites ${unknown}, which was not given.`;
  if (options.quote === undefined) return undefined;
  const quote = plain(valueAt(item, [options.quote]));
  const stands = names.some((name) => plain(valueAt(sources.get(name), parsePath(options.in))).includes(quote));
  return quote !== "" && stands ? undefined : `${shown(quote)} does not stand in what it cites.`;
}

function namesIn(item: JsonValue, cites: Options["cites"]): readonly string[] {
  if (typeof cites !== "string") return [nameOf(item, cites)];
  const value = valueAt(item, [cites]);
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((name: JsonValue) => canonicalJson([name]));
}

function nameOf(value: JsonValue, paths: Options["by"]): string {
  const all = typeof paths === "string" ? [paths] : paths;
  return canonicalJson(all.map((path) => valueAt(value, parsePath(path)) ?? null));
}

function listAt(value: JsonValue, path: string): readonly JsonValue[] {
  const found = isJsonObject(value) ? valueAt(value, parsePath(path)) : undefined;
  return Array.isArray(found) ? found : [];
}

/** Line breaks are no part of a quote. */
function plain(value: JsonValue | undefined): string {
  return textOf(value).replaceAll(/\s+/gu, " ").trim();
}
