import { createContext, Script } from "node:vm";

import { z } from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { expectationOf, jsonTypeOf, memberOf, withArticle, type Shape } from "./shape.ts";

/** What is wrong with a value: where in it, and in words that name types but never the value, which may be secret. */
export interface ValueMistake {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Finds the mistakes of values against a schema. */
export type ValueCheck = (values: JsonObject) => readonly ValueMistake[];

/** Makes a check from a JSON schema; throws `prompt-invalid` at the place when the schema cannot be checked. */
export function valueCheck(shape: Shape, place: Place): ValueCheck {
  const type = typeOf(shape.schema, place);
  const parse = (values: JsonObject): ReturnType<typeof type.safeParse> => type.safeParse(values);
  const check = JSON.stringify(shape.root).includes('"pattern') ? inTime(parse, place) : parse;
  return (values) => {
    const result = check(values);
    return result.success ? [] : result.error.issues.map((issue) => describeIssue(deepest(issue), values, shape));
  };
}

function typeOf(schema: JsonObject, place: Place): z.ZodType {
  try {
    // zod types a JSON schema member by member; what it cannot read makes it throw.
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new PromptError("prompt-invalid", {
      // What follows a colon is quoted from the schema.
      message: `\`input.schema\` cannot be checked: ${error.message.split(":")[0] ?? ""}.`,
      place,
      hint: "Use types, enums, `properties`, `required`, `items`, `anyOf` and local `$ref`.",
    });
  }
}

const LONGEST_CHECK_MS = 500;
const CALL = new Script("work()");
/** Made with the first schema that needs it: a context of its own costs milliseconds. */
let context: { work?: () => void } | undefined;

/** A `pattern` can be written so that a short text keeps it busy for years; nothing but this ends it. */
function inTime<T extends object>(work: (values: JsonObject) => T, place: Place): (values: JsonObject) => T {
  return (values) => {
    const result: { value?: T } = {};
    context ??= createContext({});
    context.work = () => void (result.value = work(values));
    try {
      CALL.runInContext(context, { timeout: LONGEST_CHECK_MS });
    } catch (error) {
      // An error of the other context, so no `Error` of this one.
      if (!isTimeout(error)) throw error;
      throw new PromptError("prompt-variable", {
        message: `A \`pattern\` of \`input.schema\` took longer than ${LONGEST_CHECK_MS} ms with these values.`,
        place,
        hint: "Write it without a repetition inside a repetition: `^a+$` instead of `^(a+)+$`.",
      });
    }
    if (result.value === undefined) throw new Error("the check ended without a result");
    return result.value;
  };
}

function isTimeout(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}

/** Of the alternatives of a choice, the issue that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inside = issue.errors
    .flat()
    .map(deepest)
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  return inside === undefined || inside.path.length === 0
    ? issue
    : { ...inside, path: [...issue.path, ...inside.path] };
}

function describeIssue(issue: z.core.$ZodIssue, values: JsonObject, shape: Shape): ValueMistake {
  let value: JsonValue | undefined = values;
  let known: Shape | undefined = shape;
  let shown = "";
  for (const step of issue.path) {
    const key = String(step);
    const member = memberOf(known, key);
    known = member === "absent" ? undefined : member.shape;
    value = memberValue(value, key);
    shown += typeof step === "number" ? `[${key}]` : `${shown === "" ? "" : "."}${key}`;
  }
  return { path: issue.path, text: textOf(issue, shown, { known, value }) };
}

function textOf(
  issue: z.core.$ZodIssue,
  shown: string,
  { known, value }: { readonly known: Shape | undefined; readonly value: JsonValue | undefined },
): string {
  if (issue.code === "unrecognized_keys") return `does not know \`${issue.keys[0] ?? ""}\` in \`${shown}\``;
  const rule = BROKEN_RULES.get(issue.code);
  return rule === undefined
    ? `needs \`${shown}\` to be ${expectationOf(known)}, got ${withArticle(jsonTypeOf(value))}`
    : `has a value for \`${shown}\` that ${rule}`;
}

/** Values of the right type that break another rule of the schema. */
const BROKEN_RULES = new Map<string, string>([
  ["invalid_format", "does not have the form which its schema asks for"],
  ["too_small", "is smaller or shorter than its schema allows"],
  ["too_big", "is larger or longer than its schema allows"],
  ["not_multiple_of", "is not a multiple of what its schema says"],
]);

function memberValue(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
