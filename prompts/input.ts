import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { FrontMatter } from "./front-matter.ts";
import { isJsonSchema, toJsonSchema, type SchemaContext } from "./picoschema.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import type { Shape } from "./shape.ts";
import { valueCheck, type ValueCheck } from "./value-check.ts";

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

const SCHEMA = ["input", "schema"];

/** Reads `input` of a front matter. Throws `prompt-invalid` for schemas that are not a map of variables, and for defaults that do not fit. */
export function readInput(frontMatter: FrontMatter, context: SchemaContext): PromptInput {
  const { schema = {}, default: defaults } = frontMatter.input;
  let handWritten = isJsonSchema(schema);
  const named = (name: string): JsonObject | undefined => {
    handWritten = true;
    return context.named(name);
  };
  const root = toJsonSchema(schema, SCHEMA, { ...context, named });
  const place = (name: string): Place => context.place([...SCHEMA, ...keyOf(schema, name)]);
  const shape = shapeOf(root, context.place(SCHEMA), place);
  const variables = variablesOf(shape, defaults);
  // Making the check costs more than all the rest of a prompt: Picoschema is known to be right, so that it can wait for the first rendering.
  let made: ValueCheck | undefined;
  const check: ValueCheck = (values) => (made ??= valueCheck(shape, context.place(SCHEMA)))(values);
  if (handWritten) check({});
  refuseDefaults({ defaults, variables, check }, context);
  return { shape, variables, place, read: (prompt, values) => readValues({ variables, place, check }, prompt, values) };
}

/** The schema of the variables, without `recalled`; what it does not name does not exist. */
function shapeOf(root: JsonObject, at: Place, place: (name: string) => Place): Shape {
  const { properties, required } = root;
  if (!isJsonObject(properties)) throw invalid("`input.schema` does not list its variables.", at);
  const { [RECALLED]: recalled, ...declared } = properties;
  if (recalled !== undefined && !(isJsonObject(recalled) && [recalled["type"]].flat()[0] === "string")) {
    throw invalid("`recalled` is filled by the agent's memory and is always a string.", place(RECALLED));
  }
  const names = Array.isArray(required) ? required.filter((name: JsonValue) => name !== RECALLED) : [];
  return { schema: { ...root, properties: declared, required: names, additionalProperties: false }, root };
}

function variablesOf({ schema }: Shape, defaults: JsonObject): readonly PromptVariable[] {
  const { properties, required } = schema;
  return Object.entries(isJsonObject(properties) ? properties : {}).map(([name, inside]) => {
    const own = isJsonObject(inside) ? inside : {};
    const value = Object.hasOwn(defaults, name) ? defaults[name] : own["default"];
    const needed = Array.isArray(required) && required.includes(name);
    return {
      name,
      required: needed && value === undefined,
      schema: own,
      ...(value === undefined ? {} : { default: value }),
    };
  });
}

interface Defaults {
  readonly defaults: JsonObject;
  readonly variables: readonly PromptVariable[];
  readonly check: ValueCheck;
}

function refuseDefaults({ defaults, variables, check }: Defaults, context: SchemaContext): void {
  const names = Object.keys(defaults);
  if (names.length === 0) return;
  const unknown = names.find((name) => !variables.some((variable) => variable.name === name));
  if (unknown !== undefined) {
    const message = `\`input.default\` gives a value to \`${unknown}\`, which \`input.schema\` does not declare.`;
    throw invalid(message, context.place(["input", "default", unknown]));
  }
  // Variables without a default are missing here, and are no mistake.
  const mistake = check(defaults).find(({ path }) => names.includes(String(path[0])));
  if (mistake !== undefined)
    throw invalid(`\`input.default\` ${mistake.text}.`, context.place(["input", "default", ...mistake.path]));
}

interface ReadableInput extends Pick<PromptInput, "variables" | "place"> {
  readonly check: ValueCheck;
}

function readValues(input: ReadableInput, prompt: string, values: JsonObject): JsonObject {
  const given = new Map<string, JsonValue>();
  for (const variable of input.variables) {
    const value = Object.hasOwn(values, variable.name) ? values[variable.name] : undefined;
    const used = value === undefined ? variable.default : value;
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
  const [mistake] = input.check(complete);
  if (mistake === undefined) return complete;
  throw new PromptError("prompt-variable", {
    message: `Prompt \`${prompt}\` ${mistake.text}.`,
    place: input.place(String(mistake.path[0] ?? "")),
    hint: "Pass the type that `input.schema` declares, or change the schema.",
  });
}

/** The path of a variable's key below `input.schema`; a Picoschema key carries more than the name. */
function keyOf(schema: JsonValue, name: string): readonly string[] {
  if (!isJsonObject(schema)) return [];
  if (isJsonObject(schema["properties"])) return ["properties", name];
  const key = Object.keys(schema).find((candidate) => candidate.split(/[?(]/u, 1)[0] === name);
  return key === undefined ? [] : [key];
}

function invalid(message: string, place: Place): PromptError {
  return new PromptError("prompt-invalid", {
    message,
    place,
    hint: "Declare each variable under `input.schema`: `question: string`.",
  });
}
