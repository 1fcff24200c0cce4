import type { StateSchemaFields } from "@langchain/langgraph";

import { type FieldSchema, fieldSchema, storedSchema } from "../agents/state.ts";
import { BatonError } from "../core/errors.ts";
import { assertJson, isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { withoutSecrets } from "../core/redact.ts";
import type { PrepareInput, Workflow } from "./workflow.ts";

export interface InputSchema {
  /** JSON schema of one field as it may be given; `{}` where the field's schema cannot be printed. */
  describe(field: string): JsonValue;
  /** Returns the input that a run stores, or throws `input-invalid` naming field, expectation and what came, and what `prepareInput` throws. */
  check(input: unknown): Promise<JsonObject>;
}

/** What a workflow accepts as input: fields of its state, each by the schema under which it is written. */
export function inputSchemaOf(workflow: Workflow): InputSchema {
  const fields = schemasOf(workflow);
  return {
    describe: (field) => describeField(fields.get(field)),
    check: async (input) => {
      const given = await checkInput(workflow, fields, input);
      if (workflow.prepareInput === undefined) return given;
      return await checkInput(workflow, fields, await prepare(workflow, workflow.prepareInput, given));
    },
  };
}

async function prepare({ id }: Workflow, prepareInput: PrepareInput, input: JsonObject): Promise<JsonObject> {
  try {
    return await prepareInput(input);
  } catch (error) {
    if (BatonError.is(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new BatonError("input-invalid", `Workflow \`${id}\` does not take this input: ${message}`, { cause: error });
  }
}

function schemasOf(workflow: Workflow): ReadonlyMap<string, FieldSchema> {
  const definition = definitionOf(workflow.graph);
  const found = workflow.fields.map((name): [string, FieldSchema | undefined] => [name, fieldSchema(definition, name)]);
  return new Map(found.filter((entry): entry is [string, FieldSchema] => entry[1] !== undefined));
}

/** The schemas of a graph's fields as their values are stored; a field of `Annotation.Root` has none. */
export function storedFieldsOf(graph: object, names: readonly string[]): ReadonlyMap<string, FieldSchema> {
  const definition = definitionOf(graph);
  const found = names.map((name): [string, FieldSchema | undefined] => [name, storedSchema(definition, name)]);
  return new Map(found.filter((entry): entry is [string, FieldSchema] => entry[1] !== undefined));
}

/** `StateGraph` keeps the schema it was made from; a graph made from `Annotation.Root` has none, and then only names are checked. */
function definitionOf(graph: object): StateSchemaFields {
  const schema: unknown = "_schemaRuntimeDefinition" in graph ? graph._schemaRuntimeDefinition : undefined;
  if (typeof schema !== "object" || schema === null) return {};
  const fields: unknown = "fields" in schema ? schema.fields : "shape" in schema ? schema.shape : {};
  // Whatever its values are, `fieldSchema` looks at each one before it uses it.
  return typeof fields === "object" && fields !== null ? (fields as StateSchemaFields) : {};
}

/** JSON schema of a field; `{}` where it has none or JSON cannot say it. */
export function describeField(schema: FieldSchema | undefined): JsonValue {
  try {
    return schema?.jsonSchema() ?? {};
  } catch (error) {
    if (BatonError.is(error)) return {};
    throw error;
  }
}

async function checkInput(
  workflow: Workflow,
  fields: ReadonlyMap<string, FieldSchema>,
  input: unknown,
): Promise<JsonObject> {
  const json = assertInput(workflow, input);
  const stray = Object.keys(json).find((name) => !workflow.fields.includes(name));
  if (stray !== undefined) {
    throw invalid(workflow, `The state of workflow \`${workflow.id}\` has no field \`${stray}\`.`);
  }
  for (const [name, schema] of fields) {
    const value = json[name];
    if (value === undefined && !requiredFields(workflow, fields).includes(name)) continue;
    if (value === undefined)
      throw invalid(workflow, `The input of workflow \`${workflow.id}\` lacks the field \`${name}\`.`);
    const checked = await schema.check(value);
    if (!checked.ok) {
      throw invalid(
        workflow,
        `Input field \`${name}\` of workflow \`${workflow.id}\` does not fit: ${checked.message}; got ${excerpt(value)}.`,
      );
    }
  }
  return json;
}

function assertInput(workflow: Workflow, input: unknown): JsonObject {
  const json = assertJson(input, "input");
  if (isJsonObject(json)) return json;
  throw invalid(
    workflow,
    `Expected the input of workflow \`${workflow.id}\` to be a JSON object, got ${excerpt(json)}.`,
  );
}

/** A field must come with the input when it has no default, some node reads it, and no node is known to write it. */
export function requiredFields(
  workflow: Workflow,
  fields: ReadonlyMap<string, FieldSchema> = schemasOf(workflow),
): readonly string[] {
  const rights = workflow.nodes.map((entry) => entry.rights);
  // A plain function may write anything, so nothing can be demanded.
  if (rights.includes(undefined)) return [];
  const isRead = (name: string): boolean => rights.some((entry) => entry?.reads.includes(name) === true);
  const isWritten = (name: string): boolean => rights.some((entry) => entry?.writes.includes(name) === true);
  return [...fields.values()]
    .filter((field) => !field.optional && isRead(field.name) && !isWritten(field.name))
    .map((field) => field.name);
}

function invalid(workflow: Workflow, message: string): BatonError {
  const required = requiredFields(workflow);
  return new BatonError("input-invalid", message, {
    hint:
      required.length > 0
        ? `Fields it needs: ${required.join(", ")}.`
        : `Fields it knows: ${workflow.fields.join(", ")}.`,
  });
}

const LONGEST_EXCERPT = 60;

function excerpt(value: JsonValue): string {
  const text = withoutSecrets(JSON.stringify(value));
  return text.length > LONGEST_EXCERPT ? `${text.slice(0, LONGEST_EXCERPT)}…` : text;
}
