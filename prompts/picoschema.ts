import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { PromptError, type Place } from "./prompt-error.ts";

/** Where a schema is written, and the named schemas it may use. */
export interface SchemaContext {
  place(path: readonly PropertyKey[]): Place;
  /** The JSON schema in `schemas/<name>.schema.json` or `schemas/<name>.json`; undefined when there is none. */
  named(name: string): JsonObject | undefined;
}

const SCALARS: ReadonlySet<string> = new Set(["string", "number", "integer", "boolean", "null"]);
const KEY = /^(?:\((\*)\)|([\p{L}_$][\p{L}\p{N}_$-]*)(\?)?(?:\((array|object|enum)(?:,\s*([^)]*))?\))?)$/u;
const DEEPEST = 32;

/**
 * Turns the schema of a front matter into a JSON schema: Picoschema (`question: string, what is asked`), a JSON schema itself
 * (it has `type: object` or `properties`), or the name of a file in `schemas/`. Throws `prompt-invalid`.
 */
export function toJsonSchema(schema: JsonValue, path: readonly PropertyKey[], context: SchemaContext): JsonObject {
  if (path.length > DEEPEST)
    throw schemaError(path, context, ["is nested too deeply", `At most ${DEEPEST} levels are allowed.`]);
  if (typeof schema === "string") return fromText(schema, path, context);
  if (!isJsonObject(schema))
    throw schemaError(path, context, ["is neither a type nor a map of fields", "Write `name: string` for each field."]);
  if (isJsonSchema(schema)) return { ...schema, type: "object" };
  return fromFields(schema, path, context);
}

/** Whether a schema is a JSON schema, not Picoschema. */
export function isJsonSchema(schema: JsonValue): boolean {
  return isJsonObject(schema) && (schema["type"] === "object" || isJsonObject(schema["properties"]));
}

function fromText(text: string, path: readonly PropertyKey[], context: SchemaContext): JsonObject {
  const [, type = "", description = ""] = /^([^,]*)(?:,(.*))?$/su.exec(text) ?? [];
  const name = type.trim();
  const described = description.trim() === "" ? {} : { description: description.trim() };
  if (name === "any") return described;
  if (SCALARS.has(name)) return { type: name, ...described };
  const named = context.named(name);
  if (named !== undefined) return { ...named, ...described };
  throw schemaError(path, context, [
    `has the type \`${name.slice(0, 80)}\`, which is neither built in nor a file in \`schemas/\``,
    "Types are string, number, integer, boolean, null, any, or the name of a file `schemas/<name>.schema.json`.",
  ]);
}

function fromFields(fields: JsonObject, path: readonly PropertyKey[], context: SchemaContext): JsonObject {
  const properties = new Map<string, JsonObject>();
  const required: string[] = [];
  let others: JsonObject | false = false;
  for (const [key, value] of Object.entries(fields)) {
    const field = readKey(key, [...path, key], context);
    const schema = { ...fieldSchema(field.kind, value, { path: [...path, key], context }), ...field.described };
    if (field.name === undefined) {
      others = schema;
      continue;
    }
    if (properties.has(field.name))
      throw schemaError([...path, key], context, [`declares \`${field.name}\` twice`, "Remove one of them."]);
    properties.set(field.name, field.optional ? nullable(schema) : schema);
    if (!field.optional) required.push(field.name);
  }
  return { type: "object", properties: Object.fromEntries(properties), required, additionalProperties: others };
}

interface Field {
  /** Undefined for the wildcard `(*)`. */
  readonly name: string | undefined;
  readonly optional: boolean;
  readonly kind: string | undefined;
  readonly described: JsonObject;
}

function readKey(key: string, path: readonly PropertyKey[], context: SchemaContext): Field {
  const match = KEY.exec(key);
  if (match === null) {
    const hint = "Write `name`, `name?`, `name(array)`, `name(object, description)` or `name(enum)`.";
    throw schemaError(path, context, [`has the key \`${key.slice(0, 80)}\`, which is not a field`, hint]);
  }
  const [, , name, optional, kind, description = ""] = match;
  return {
    name,
    optional: optional !== undefined,
    kind,
    described: description.trim() === "" ? {} : { description: description.trim() },
  };
}

function fieldSchema(
  kind: string | undefined,
  value: JsonValue,
  at: { path: readonly PropertyKey[]; context: SchemaContext },
): JsonObject {
  if (kind === "array") return { type: "array", items: toJsonSchema(value, at.path, at.context) };
  if (kind !== "enum") return toJsonSchema(value, at.path, at.context);
  if (Array.isArray(value) && value.length > 0) return { enum: value };
  throw schemaError(at.path, at.context, ["is an enum without values", "Write `size(enum): [small, large]`."]);
}

function nullable(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (Array.isArray(values)) return { ...schema, enum: values.includes(null) ? values : [...values, null] };
  if (typeof type === "string") return { ...schema, type: type === "null" ? type : [type, "null"] };
  return Object.keys(schema).every((key) => key === "description") ? schema : { anyOf: [schema, { type: "null" }] };
}

function schemaError(
  path: readonly PropertyKey[],
  context: SchemaContext,
  [what, hint]: readonly [what: string, hint: string],
): PromptError {
  return new PromptError("prompt-invalid", {
    message: `\`${path.map(String).join(".")}\` ${what}.`,
    place: context.place(path),
    hint,
  });
}
