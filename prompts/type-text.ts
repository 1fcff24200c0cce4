import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

const DEEPEST = 20;

/**
 * Writes a JSON schema as a TypeScript type of values that it accepts. What the type system or this file cannot say (references, patterns,
 * number ranges) becomes the next wider type, so that no right value is refused.
 */
export function typeText(schema: JsonValue | undefined, depth = 0): string {
  if (!isJsonObject(schema) || depth > DEEPEST || "$ref" in schema || "allOf" in schema) return "unknown";
  if (schema["const"] !== undefined) return literal(schema["const"]);
  if (Array.isArray(schema["enum"])) return union(schema["enum"].map(literal));
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return union(choices.map((choice: JsonValue) => typeText(choice, depth + 1)));
  const { type } = schema;
  const types = Array.isArray(type) ? type : [type ?? (isJsonObject(schema["properties"]) ? "object" : "any")];
  return union(types.map((name: JsonValue) => typeOf(name, schema, depth)));
}

function typeOf(type: JsonValue, schema: JsonObject, depth: number): string {
  switch (type) {
    case "string":
    case "boolean":
    case "null":
    case "number":
      return type;
    case "integer":
      return "number";
    case "array": {
      const item = typeText(schema["items"], depth + 1);
      return /^[\w{]/u.test(item) && !item.includes(" | ") && !item.startsWith("readonly ")
        ? `readonly ${item}[]`
        : `readonly (${item})[]`;
    }
    case "object":
      return objectText(schema, depth);
    default:
      return "unknown";
  }
}

function objectText(schema: JsonObject, depth: number): string {
  const { properties, required, additionalProperties: others } = schema;
  if (!isJsonObject(properties) || Object.keys(properties).length === 0) {
    return isJsonObject(others) ? `{ readonly [name: string]: ${typeText(others, depth + 1)} }` : "object";
  }
  const needed = new Set(Array.isArray(required) ? required : []);
  const members = Object.entries(properties).map(([name, inside]) =>
    memberText({ name, schema: inside, required: needed.has(name) }, depth + 1),
  );
  return `{ ${members.join("; ")} }`;
}

interface Member {
  readonly name: string;
  readonly schema: JsonValue;
  readonly required: boolean;
}

/** One property of an object type. An optional one may also be null, which a template takes for absent. */
export function memberText({ name, schema, required }: Member, depth = 0): string {
  const key = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : JSON.stringify(name);
  const type = typeText(schema, depth);
  return required ? `readonly ${key}: ${type}` : `readonly ${key}?: ${union([...type.split(" | "), "undefined"])}`;
}

function literal(value: JsonValue): string {
  return value !== null && typeof value === "object" ? "unknown" : JSON.stringify(value);
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.includes("unknown") ? "unknown" : distinct.join(" | ");
}
