import type { StateSchemaFields } from "@langchain/langgraph";

import { BatonError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { type FieldSchema, fieldSchema, type StateFields, unknownField } from "./state.ts";
import { toStrictSchema, withoutAddedNulls } from "./strict-schema.ts";

/** What a model must answer so that exactly the fields of `writes` can be updated. */
export interface OutputSchema {
  /** JSON schema of the answer: an object with one property per field. */
  readonly schema: JsonObject;
  /** True when the schema keeps to the subset that strict structured output guarantees. */
  readonly strict: boolean;
  /** Turns the model's raw text into the update; throws `model-output-invalid` naming the field. */
  parse(text: string): Promise<Readonly<Record<string, unknown>>>;
}

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
  return { schema, strict, parse: (text) => parseAnswer(text, loose, fields) };
}

function knownField<F extends StateSchemaFields>(state: StateFields<F>, name: string): FieldSchema {
  const field = fieldSchema(state.fields, name);
  if (field !== undefined) return field;
  throw unknownField(state, name);
}

async function parseAnswer(
  text: string,
  loose: JsonObject,
  fields: readonly FieldSchema[],
): Promise<Readonly<Record<string, unknown>>> {
  const answer = withoutAddedNulls(parseObject(text), loose);
  if (!isJsonObject(answer)) throw invalid("The model's answer is not a JSON object.", text);
  const stray = Object.keys(answer).find((key) => fields.every((field) => field.name !== key));
  if (stray !== undefined) throw invalid(`The model's answer holds \`${stray}\`, which is not in \`writes\`.`, text);
  const update: Record<string, unknown> = {};
  for (const field of fields) {
    const value = answer[field.name];
    if (value === undefined && field.optional) continue;
    const checked = await field.check(value);
    if (!checked.ok)
      throw invalid(`The model's answer does not fit the state field \`${field.name}\`: ${checked.message}.`, text);
    update[field.name] = checked.value;
  }
  return update;
}

function parseObject(text: string): JsonValue {
  try {
    // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw invalid("The model's answer is not valid JSON.", text, error);
  }
}

const LONGEST_EXCERPT = 200;

function invalid(message: string, text: string, cause?: unknown): BatonError {
  const excerpt = text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT)}…` : text;
  return new BatonError("model-output-invalid", `${message} It began: ${JSON.stringify(excerpt)}`, {
    hint: "Resume the run to ask again, or make the prompt say more clearly what to answer.",
    ...(cause === undefined ? {} : { cause }),
  });
}
