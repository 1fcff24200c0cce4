import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** Keywords that strict structured output refuses; local validation keeps their meaning. Source: OpenAI's guide to structured outputs. */
const NOT_IN_STRICT = [
  "default",
  "minLength",
  "maxLength",
  "uniqueItems",
  "title",
  "examples",
  "propertyNames",
] as const;
/** Keywords that cannot be dropped without changing the shape: with them the schema is sent as non-strict. */
const SHAPES_NOT_IN_STRICT = [
  "allOf",
  "not",
  "if",
  "patternProperties",
  "prefixItems",
  "dependentRequired",
  "unevaluatedProperties",
] as const;

export interface StrictSchema {
  readonly schema: JsonObject;
  readonly strict: boolean;
}

/**
 * Rewrites a JSON schema into the subset of strict structured output: every property required, optional ones nullable,
 * no additional properties. What the subset cannot say (records, tuples, free-form values) makes the result non-strict.
 */
export function toStrictSchema(schema: JsonObject): StrictSchema {
  let strict = true;
  function rewrite(node: JsonValue): JsonValue {
    if (!isJsonObject(node)) return node;
    if (SHAPES_NOT_IN_STRICT.some((keyword) => keyword in node) || isFreeForm(node)) strict = false;
    const kept = Object.entries(node).filter(([keyword]) => !NOT_IN_STRICT.some((dropped) => dropped === keyword));
    const result = Object.fromEntries(kept.map(([keyword, value]) => rewriteKeyword(keyword, value, rewrite)));
    return isJsonObject(node["properties"]) ? requireAll(node, result) : { ...result, ...lengthInWords(node) };
  }
  const rewritten = rewrite(schema);
  return { schema: isJsonObject(rewritten) ? rewritten : schema, strict };
}

/** A bound that the schema may not state is told in the description, so that the model can keep to it. */
function lengthInWords({ minLength, maxLength, description }: JsonObject): JsonObject {
  const bounds = [
    ...(typeof minLength === "number" && minLength > 1 ? [`At least ${minLength} characters.`] : []),
    ...(typeof maxLength === "number" ? [`At most ${maxLength} characters.`] : []),
  ];
  if (bounds.length === 0) return {};
  return { description: [...(typeof description === "string" ? [description] : []), ...bounds].join(" ") };
}

function rewriteKeyword(
  keyword: string,
  value: JsonValue,
  rewrite: (node: JsonValue) => JsonValue,
): [string, JsonValue] {
  if ((keyword === "properties" || keyword === "$defs") && isJsonObject(value)) {
    return [keyword, Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rewrite(member)]))];
  }
  if (keyword === "items") return [keyword, rewrite(value)];
  if ((keyword === "anyOf" || keyword === "oneOf") && Array.isArray(value)) return ["anyOf", value.map(rewrite)];
  return [keyword, value];
}

function requireAll(original: JsonObject, rewritten: JsonObject): JsonObject {
  const properties = isJsonObject(rewritten["properties"]) ? rewritten["properties"] : {};
  const required = requiredOf(original);
  const members = Object.entries(properties).map(([name, member]): [string, JsonValue] => [
    name,
    required.includes(name) ? member : nullable(member),
  ]);
  return {
    ...rewritten,
    properties: Object.fromEntries(members),
    required: members.map(([name]) => name),
    additionalProperties: false,
  };
}

function nullable(schema: JsonValue): JsonValue {
  return acceptsNull(schema) ? schema : { anyOf: [schema, { type: "null" }] };
}

function isFreeForm(node: JsonObject): boolean {
  const isRecord = node["type"] === "object" && !isJsonObject(node["properties"]);
  const opensUp = isJsonObject(node["additionalProperties"]);
  const saysNothing = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"].every(
    (keyword) => !(keyword in node),
  );
  return isRecord || opensUp || saysNothing;
}

/** Takes the nulls out again that only the strict schema allowed: there, null means absent. */
export function withoutAddedNulls(value: JsonValue, schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return value;
  const options = alternatives(schema);
  if (options.length > 0) return options.reduce<JsonValue>((rest, option) => withoutAddedNulls(rest, option), value);
  if (Array.isArray(value)) return value.map((item: JsonValue) => withoutAddedNulls(item, schema["items"] ?? {}));
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : undefined;
  if (!isJsonObject(value) || properties === undefined) return value;
  const required = requiredOf(schema);
  const kept = Object.entries(value).filter(([name, member]) => {
    const declared = properties[name];
    return member !== null || declared === undefined || required.includes(name) || acceptsNull(declared);
  });
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutAddedNulls(member, properties[name] ?? {})]));
}

function alternatives(schema: JsonObject): readonly JsonValue[] {
  const options = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(options) ? options : [];
}

function requiredOf(schema: JsonObject): readonly JsonValue[] {
  return Array.isArray(schema["required"]) ? schema["required"] : [];
}

function acceptsNull(schema: JsonValue): boolean {
  if (!isJsonObject(schema)) return false;
  if (schema["type"] === "null" || (Array.isArray(schema["type"]) && schema["type"].includes("null"))) return true;
  return alternatives(schema).some(acceptsNull);
}
