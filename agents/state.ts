import type { InferStateSchemaUpdate, InferStateSchemaValue, StateSchemaFields } from "@langchain/langgraph";

import { BatonError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import {
  acceptsAbsence,
  checkValue,
  isStandard,
  printJsonSchema,
  type SchemaCheck,
  type StandardSchema,
} from "./standard-schema.ts";

/** The part of LangGraph's `StateSchema` that Baton needs; taken structurally so that importing an agent never loads a second LangGraph. */
export interface StateFields<F extends StateSchemaFields> {
  readonly fields: F;
}

export type FieldName<F extends StateSchemaFields> = Extract<keyof F, string>;
export type StateOf<F extends StateSchemaFields> = InferStateSchemaValue<F>;
export type UpdateOf<F extends StateSchemaFields, W extends FieldName<F>> = Pick<InferStateSchemaUpdate<F>, W>;

/** How one field of the state is written: its JSON schema and its validation. For a reducer field that is the schema of an update. */
export interface FieldSchema {
  readonly name: string;
  /** True when a write may leave the field out: it is optional or has a default. */
  readonly optional: boolean;
  /** JSON schema of what may be written (draft 2020-12); throws `workflow-invalid` when JSON cannot carry the field. */
  jsonSchema(): JsonObject;
  check(value: unknown): Promise<SchemaCheck>;
}

/** The schema by which a field is written: the update schema of a reducer, the value schema otherwise. Undefined when the state has no such field. */
export function fieldSchema(fields: StateSchemaFields, name: string): FieldSchema | undefined {
  const schema = writtenBy(fields[name]);
  return schema === undefined ? undefined : fieldOf(name, schema);
}

/** The schema of a field's value as it is stored: what a reducer makes of the updates, the value itself otherwise. */
export function storedSchema(fields: StateSchemaFields, name: string): FieldSchema | undefined {
  const field: unknown = fields[name];
  const reduced = typeof field === "object" && field !== null && "valueSchema" in field ? field.valueSchema : undefined;
  const schema = isStandard(reduced) ? reduced : writtenBy(field);
  return schema === undefined ? undefined : fieldOf(name, schema);
}

function fieldOf(name: string, schema: StandardSchema): FieldSchema {
  return {
    name,
    optional: acceptsAbsence(schema),
    jsonSchema: () => toJsonSchema(name, schema),
    check: (value) => checkValue(schema, value),
  };
}

function writtenBy(field: unknown): StandardSchema | undefined {
  if (isStandard(field)) return field;
  if (typeof field !== "object" || field === null) return undefined;
  if ("inputSchema" in field && isStandard(field.inputSchema)) return field.inputSchema;
  if ("schema" in field && isStandard(field.schema)) return field.schema;
  return undefined;
}

function toJsonSchema(name: string, schema: StandardSchema): JsonObject {
  try {
    // A transform has an input schema only: asking for the output finds it (and dates, maps and the like) out.
    schema["~standard"].jsonSchema?.output({ target: "draft-2020-12" });
    return printJsonSchema(schema);
  } catch (error) {
    throw notJson(name, error);
  }
}

function notJson(name: string, cause: unknown): BatonError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BatonError(
    "workflow-invalid",
    `An agent writes the state field \`${name}\`, but a model's JSON answer cannot carry it: ${reason}.`,
    {
      hint: `Give \`${name}\` a plain JSON type (dates as ISO strings, maps as objects), or write it from a plain function.`,
      cause,
    },
  );
}

export function unknownField<F extends StateSchemaFields>(state: StateFields<F>, name: string): BatonError {
  return new BatonError(
    "state-field-unknown",
    `An agent or node names the state field \`${name}\`, which the state does not have.`,
    {
      hint: `The state has: ${Object.keys(state.fields).join(", ")}.`,
    },
  );
}

/** Throws `workflow-invalid` for a field that a prompt could not see: what memory recalled stands under its name. */
export function refuseRecalled(reads: readonly string[]): void {
  if (!reads.includes("recalled")) return;
  throw new BatonError(
    "workflow-invalid",
    "An agent reads the field `recalled`, and that name is filled by its memory in every prompt.",
    {
      hint: "Give the field of the state another name.",
    },
  );
}
