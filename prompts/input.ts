import { z } from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { FrontMatter } from "./front-matter.ts";
import { toJsonSchema, type SchemaContext } from "./picoschema.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { expectationOf, jsonTypeOf, memberOf, withArticle, type Shape } from "./shape.ts";

/** The variable that an agent fills with what its memory recalled; a prompt uses it without declaring it. */
export const RECALLED = "recalled";

/** A value that a prompt declares in `input.schema`. */
export interface PromptVariable {
  readonly name: string;
  /** False for `name?` and for variables with a default. */
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly schema: JsonObject;
}

/** What a prompt declares about its variables. */
export interface PromptInput {
  readonly shape: Shape;
  readonly variables: readonly PromptVariable[];
  /** Where a variable is declared. */
  place(variable: string): Place;
  /** Returns the declared variables with defaults applied; other values are left out. Throws `prompt-variable` when one is missing or of the wrong type. */
  read(prompt: string, values: JsonObject): JsonObject;
}

/** Reads `input` of a front matter. Throws `prompt-invalid` for schemas that are not a map of variables, and for defaults that do not fit. */
export function readInput(frontMatter: FrontMatter, context: SchemaContext): PromptInput {
  const { schema = {}, default: defaults } = frontMatter.input;
  const path = ["input", "schema"];
  const root = toJsonSchema(schema, path, context);
  const declared = withoutRecalled(root, schema, context);
  const required = new Set(Array.isArray(root["required"]) ? root["required"] : []);
  const variables = Object.entries(declared).map(([name, inside]) => {
    const value = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    const variable = {
      name,
      required: required.has(name) && value === undefined,
      schema: isJsonObject(inside) ? inside : {},
    };
    return value === undefined ? variable : { ...variable, default: value };
  });
  const shape: Shape = {
    schema: {
      ...root,
      properties: declared,
      required: [...required].filter((name) => name !== RECALLED),
      additionalProperties: false,
    },
    root,
  };
  const check = validatorOf(shape.schema, context.place(path));
  const place = (name: string): Place => context.place(["input", "schema", ...keyOf(schema, name)]);
  for (const name of Object.keys(defaults)) {
    if (!Object.hasOwn(declared, name))
      throw invalid(
        `\`input.default\` gives a value to \`${name}\`, which \`input.schema\` does not declare.`,
        context.place(["input", "default", name]),
      );
  }
  const issue = issueIn(check, defaults).find(
    (found) => found.path.length > 0 && Object.hasOwn(defaults, String(found.path[0])),
  );
  if (issue !== undefined)
    throw invalid(
      `\`input.default\` ${describeIssue(issue, { values: defaults, shape })}.`,
      context.place(["input", "default", ...issue.path]),
    );
  return {
    shape,
    variables,
    place,
    read: (prompt, values) => readValues({ shape, variables, place, check }, prompt, values),
  };
}

interface Checked {
  readonly shape: Shape;
  readonly variables: readonly PromptVariable[];
  readonly check: z.ZodType;
  place(variable: string): Place;
}

function readValues(input: Checked, prompt: string, values: JsonObject): JsonObject {
  const given = new Map<string, JsonValue>();
  for (const variable of input.variables) {
    const value = Object.hasOwn(values, variable.name) ? values[variable.name] : undefined;
    const used = value ?? (value === undefined ? variable.default : value);
    if (used !== undefined) given.set(variable.name, used);
    else if (variable.required) {
      throw new PromptError("prompt-variable", {
        message: `Prompt \`${prompt}\` needs \`${variable.name}\`, which was not given.`,
        place: input.place(variable.name),
        hint: `Pass \`${variable.name}\` (for an agent: add it to \`reads\`), give it a default, or declare it as \`${variable.name}?\`.`,
      });
    }
  }
  const complete = Object.fromEntries(given);
  const [issue] = issueIn(input.check, complete);
  if (issue === undefined) return complete;
  throw new PromptError("prompt-variable", {
    message: `Prompt \`${prompt}\` ${describeIssue(issue, { values: complete, shape: input.shape })}.`,
    place: input.place(String(issue.path[0] ?? "")),
    hint: "Pass the type that `input.schema` declares, or change the schema.",
  });
}

function withoutRecalled(root: JsonObject, schema: JsonValue, context: SchemaContext): JsonObject {
  const { properties } = root;
  if (!isJsonObject(properties))
    throw invalid("`input.schema` does not list its variables.", context.place(["input", "schema"]));
  const { [RECALLED]: recalled, ...declared } = properties;
  if (recalled === undefined || (isJsonObject(recalled) && [recalled["type"]].flat()[0] === "string")) return declared;
  throw invalid(
    "`recalled` is filled by the agent's memory and is always a string.",
    context.place(["input", "schema", ...keyOf(schema, RECALLED)]),
  );
}

/** The path of a variable's key below `input.schema`; a Picoschema key carries more than the name. */
function keyOf(schema: JsonValue, name: string): readonly string[] {
  if (!isJsonObject(schema)) return [];
  if (isJsonObject(schema["properties"])) return ["properties", name];
  const key = Object.keys(schema).find((candidate) => candidate.split(/[?(]/u, 1)[0] === name);
  return key === undefined ? [] : [key];
}

function validatorOf(schema: JsonObject, place: Place): z.ZodType {
  try {
    // zod types a JSON schema member by member; a schema that it cannot read makes it throw.
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new PromptError("prompt-invalid", {
      message: `\`input.schema\` cannot be checked: ${error.message}.`,
      place,
      hint: "Use the keywords listed in docs/prompts.md.",
    });
  }
}

function issueIn(check: z.ZodType, values: JsonObject): readonly z.core.$ZodIssue[] {
  const result = check.safeParse(values);
  return result.success ? [] : result.error.issues.map(deepest);
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

/** Names the place and the types, never the value: it may be secret or long. */
function describeIssue(issue: z.core.$ZodIssue, { values, shape }: { values: JsonValue; shape: Shape }): string {
  let value: JsonValue | undefined = values;
  let known: Shape | undefined = shape;
  let shown = "";
  for (const step of issue.path) {
    const key = String(step);
    const member = memberOf(known, key);
    known = member === "absent" ? undefined : member.shape;
    value = Array.isArray(value)
      ? value[Number(key)]
      : isJsonObject(value) && Object.hasOwn(value, key)
        ? value[key]
        : undefined;
    shown += typeof step === "number" ? `[${key}]` : `${shown === "" ? "" : "."}${key}`;
  }
  if (issue.code === "unrecognized_keys") return `does not know \`${issue.keys[0] ?? ""}\` in \`${shown}\``;
  return `needs \`${shown}\` to be ${expectationOf(known)}, got ${withArticle(jsonTypeOf(value))}`;
}

function invalid(message: string, place: Place): PromptError {
  return new PromptError("prompt-invalid", {
    message,
    place,
    hint: "Declare each variable under `input.schema`: `question: string`.",
  });
}
