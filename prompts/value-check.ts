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
  return (values) => {
    const result = type.safeParse(values);
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
      message: `\`input.schema\` cannot be checked: ${error.message}.`,
      place,
      hint: "Use types, enums, `properties`, `required`, `items`, `anyOf` and local `$ref`.",
    });
  }
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
  const text =
    issue.code === "unrecognized_keys"
      ? `does not know \`${issue.keys[0] ?? ""}\` in \`${shown}\``
      : `needs \`${shown}\` to be ${expectationOf(known)}, got ${withArticle(jsonTypeOf(value))}`;
  return { path: issue.path, text };
}

function memberValue(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
