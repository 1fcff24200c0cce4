import { type Schema, Validator } from "@cfworker/json-schema";
import { z } from "zod";

import { BatonError } from "../../core/errors.ts";
import { canonicalJson, isJsonObject, type JsonValue } from "../../core/json.ts";
import { type Path, printPath, valueAt } from "../../core/path.ts";
import { identityOf, passes, type Scorer, shown } from "../scorer.ts";
import { actualOf, expectedOf, Part } from "./part.ts";

/** The output fits a JSON schema. */
export const JsonSchema = Part.extend({ schema: z.record(z.string(), z.json()) });

export function jsonSchema(options: z.infer<typeof JsonSchema>): Scorer {
  const validator = validatorOf(options.schema);
  return {
    name: "json-schema",
    identity: identityOf("json-schema", options),
    score(scored) {
      const actual = options.at === undefined ? scored.output : actualOf(scored, options);
      const { valid, errors } = validator.validate(actual);
      if (valid) return { score: 1 };
      const { instanceLocation = "#", error = "" } = errors.at(-1) ?? {};
      const path = pathOf(instanceLocation);
      const at = path.length === 0 ? "The output" : `\`${printPath(path)}\``;
      return { score: 0, reason: `${at} does not fit the schema: ${error} It is ${shown(valueAt(actual, path))}.` };
    },
  };
}

/** A JSON pointer as a path: `#/draft/0` → draft, 0. */
function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => (/^\d+$/u.test(part) ? Number(part) : decodeURIComponent(part)))
    .map((part) => (typeof part === "string" ? part.replaceAll("~1", "/").replaceAll("~0", "~") : part));
}

/** An interpreter, so that no code is made from a schema that came with a pull request. */
function validatorOf(schema: z.infer<typeof JsonSchema>["schema"]): Validator {
  // Whatever its keywords hold is checked by using it once.
  const validator = new Validator(schema as Schema, "2020-12", false);
  try {
    validator.validate(null);
    return validator;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new BatonError("suite-invalid", `The schema of a \`json-schema\` scorer cannot be used: ${error.message}`, {
      hint: "Write a JSON schema of draft 2020-12; references must be local.",
      cause: error,
    });
  }
}

/** The share of leaves that the output and `expected` have in common. */
export const JsonDiff = Part;

export function jsonDiff(options: z.infer<typeof JsonDiff> = {}): Scorer {
  return {
    name: "json-diff",
    identity: identityOf("json-diff", options),
    score(scored) {
      const actual = leavesOf(actualOf(scored, options));
      const expected = leavesOf(expectedOf(scored, options));
      const places = new Set([...actual.keys(), ...expected.keys()]);
      if (places.size === 0) return { score: 1 };
      const wrong = [...places].filter((place) => actual.get(place) !== expected.get(place));
      const [first] = wrong;
      if (first === undefined) return { score: 1 };
      const found = `\`${first}\`: expected ${expected.get(first) ?? "nothing"}, got ${actual.get(first) ?? "nothing"}`;
      return {
        score: 1 - wrong.length / places.size,
        reason: `${wrong.length} of ${places.size} values differ, first ${found}.`,
      };
    },
  };
}

/** The output is a number near the expected one. */
export const Numeric = Part.extend({
  /** Largest distance that still counts as right. */
  tolerance: z.number().nonnegative().default(0),
  /** The tolerance is a share of the expected number. */
  relative: z.boolean().default(false),
});

export function numeric(given: z.input<typeof Numeric> = {}): Scorer {
  const options = Numeric.parse(given);
  return {
    name: "numeric",
    identity: identityOf("numeric", options),
    score(scored) {
      const actual = Number(actualOf(scored, options) ?? Number.NaN);
      const expected = Number(expectedOf(scored, options));
      const allowed = options.relative ? options.tolerance * Math.abs(expected) : options.tolerance;
      return passes(Math.abs(actual - expected) <= allowed, `Expected ${expected} ± ${allowed}, got ${actual}.`);
    },
  };
}

/** F1 of the items of two lists, whatever their order. */
export const ListOverlap = Part.extend({
  /** Compares this field of each item of the output. @default the whole item */
  field: z.string().optional(),
});

export function listOverlap(options: z.infer<typeof ListOverlap> = {}): Scorer {
  return {
    name: "list-overlap",
    identity: identityOf("list-overlap", options),
    score(scored) {
      const actual = itemsOf(actualOf(scored, options), options.field);
      const expected = itemsOf(expectedOf(scored, options));
      if (actual.length + expected.length === 0) return { score: 1 };
      const left = [...expected];
      const stray = actual.filter((item) => {
        const at = left.indexOf(item);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      });
      if (stray.length + left.length === 0) return { score: 1 };
      const shared = expected.length - left.length;
      const reason = `${left.length} missing, ${stray.length} too many${left[0] === undefined ? "" : `, such as ${shown(left[0])}`}.`;
      return { score: (2 * shared) / (actual.length + expected.length), reason };
    },
  };
}

function itemsOf(value: JsonValue | undefined, field?: string): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((item: JsonValue) =>
    canonicalJson(field !== undefined && isJsonObject(item) ? (item[field] ?? null) : item),
  );
}

/** Every value that holds no other, by its path. */
function leavesOf(value: JsonValue | undefined, path = "$"): Map<string, string> {
  if (value === undefined) return new Map();
  const inside: readonly (readonly [string, JsonValue])[] = Array.isArray(value)
    ? value.map((item: JsonValue, at) => [`${path}[${at}]`, item])
    : isJsonObject(value)
      ? Object.entries(value).map(([key, member]) => [`${path}.${key}`, member])
      : [];
  if (inside.length === 0) return new Map([[path, JSON.stringify(value)]]);
  return new Map(inside.flatMap(([place, member]) => [...leavesOf(member, place)]));
}
