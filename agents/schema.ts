import type { StateSchemaFields } from "@langchain/langgraph";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { type FieldSchema, fieldSchema, type StateFields, unknownField } from "./state.ts";
import { toStrictSchema, withoutAddedNulls } from "./strict-schema.ts";

/** What a model must answer so that exactly the fields of `writes` can be updated. */
export interface OutputSchema {
  /** JSON schema of the answer: an object with one property per field. */
  readonly schema: JsonObject;
  /** True when the schema keeps to the subset that strict structured output guarantees. */
  readonly strict: boolean;
  /** Turns the model's raw text into the update, or says what is wrong with it, naming the field. */
  read(text: string): Promise<ReadAnswer>;
}

export type ReadAnswer =
  | { readonly ok: true; readonly update: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

/**
 * Picks the output schema out of the state's own fields, so that nothing is said twice. Fields that may be absent become required
 * and nullable for the model; a null there means "no update".
 *
 * Throws `state-field-unknown` and `workflow-invalid` (a field that JSON cannot carry).
 */
export function outputSchema<F extends StateSchemaFields>(
  state: StateFields<F>,
  writes: readonly string[],
): OutputSchema {
  const fields = writes.map((name) => knownField(state, name));
  const loose: JsonObject = {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, field.jsonSchema()])),
    required: fields.filter((field) => !field.optional).map((field) => field.name),
    additionalProperties: false,
  };
  const { schema, strict } = toStrictSchema(loose);
  return { schema, strict, read: (text) => readAnswer(text, loose, fields) };
}

function knownField<F extends StateSchemaFields>(state: StateFields<F>, name: string): FieldSchema {
  const field = fieldSchema(state.fields, name);
  if (field !== undefined) return field;
  throw unknownField(state, name);
}

async function readAnswer(text: string, loose: JsonObject, fields: readonly FieldSchema[]): Promise<ReadAnswer> {
  if (text.trim() === "") return problem("The model answered nothing.");
  const parsed = parseJson(text);
  if (parsed === undefined) return problem("The model's answer is not valid JSON.");
  const answer = withoutAddedNulls(parsed, loose);
  if (!isJsonObject(answer)) return problem("The model's answer is not a JSON object.");
  const stray = Object.keys(answer).find((key) => fields.every((field) => field.name !== key));
  if (stray !== undefined) return problem(`The model's answer holds \`${stray}\`, which is not in \`writes\`.`);
  const update: Record<string, unknown> = {};
  for (const field of fields) {
    const value = answer[field.name];
    if (value === undefined && field.optional) continue;
    const checked = await field.check(value);
    if (!checked.ok)
      return problem(`The model's answer does not fit the state field \`${field.name}\`: ${checked.message}.`);
    update[field.name] = checked.value;
  }
  return { ok: true, update };
}

function problem(text: string): ReadAnswer {
  return { ok: false, problem: text };
}

/** Undefined when the text is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
