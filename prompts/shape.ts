import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** What a JSON schema says about a value, as far as a template can know it; undefined = nothing is known. */
export interface Shape {
  readonly schema: JsonObject;
  /** The schema that local references (`#/$defs/…`) start from. */
  readonly root: JsonObject;
}

/** One step down from a value: what is known of the member, or that there cannot be one. */
export type Member = { readonly shape: Shape | undefined; readonly optional: boolean } | "absent";

const UNKNOWN: Member = { shape: undefined, optional: false };

/** What is known about `value.key`. */
export function memberOf(shape: Shape | undefined, key: string): Member {
  const known = resolved(shape);
  if (known === undefined) return UNKNOWN;
  const { schema, root } = known;
  const types = typesOf(schema);
  if (isJsonObject(schema["properties"]) || types?.has("object") === true) return propertyOf(known, key);
  if (types === undefined) return UNKNOWN;
  if (!types.has("array")) return "absent";
  if (key === "length") return { shape: { schema: { type: "integer" }, root }, optional: false };
  return /^\d+$/u.test(key) ? { shape: itemOf(known), optional: false } : "absent";
}

/** What is known about the items that `{{#each}}` visits; `key` and `index` are not part of it. */
export function itemOf(shape: Shape | undefined): Shape | undefined {
  const known = resolved(shape);
  if (known === undefined) return undefined;
  const inside =
    typesOf(known.schema)?.has("array") === true ? known.schema["items"] : known.schema["additionalProperties"];
  return isJsonObject(inside) && !isJsonObject(known.schema["properties"])
    ? { schema: inside, root: known.root }
    : undefined;
}

/** The JSON types a value can have; undefined when the schema leaves them open. */
export function kindsOf(shape: Shape | undefined): ReadonlySet<string> | undefined {
  const known = resolved(shape);
  return known === undefined ? undefined : typesOf(known.schema);
}

/** Says in a few words what the schema expects: `a string`, ``one of `a`, `b` ``. */
export function expectationOf(shape: Shape | undefined): string {
  const known = resolved(shape);
  if (known === undefined) return "what its schema says";
  const { enum: values, const: only } = known.schema;
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (Array.isArray(values))
    return `one of ${values.map((value: JsonValue) => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``).join(", ")}`;
  const types = typesOf(known.schema);
  return types === undefined ? "what its schema says" : [...types].map(withArticle).join(" or ");
}

const ARTICLES = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["integer", "an integer"],
  ["boolean", "a boolean"],
  ["array", "an array"],
  ["object", "an object"],
]);

/** Puts the article before a JSON type: `an array`. */
export function withArticle(type: string): string {
  return ARTICLES.get(type) ?? type;
}

function propertyOf({ schema, root }: Shape, key: string): Member {
  const { properties, required, additionalProperties: others } = schema;
  const inside = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (inside !== undefined) {
    const optional = !(Array.isArray(required) && required.includes(key));
    return { shape: isJsonObject(inside) ? { schema: inside, root } : undefined, optional };
  }
  // A template that uses what a schema with named properties does not name is a spelling mistake, not a wish.
  if (others === false || (others === undefined && !("patternProperties" in schema) && isJsonObject(properties)))
    return "absent";
  return { shape: isJsonObject(others) ? { schema: others, root } : undefined, optional: false };
}

/** Follows local references and drops a `null` alternative; undefined where the schema is a choice that this file does not follow. */
function resolved(shape: Shape | undefined): Shape | undefined {
  let current = shape;
  for (let hops = 0; current !== undefined && hops < 16; hops += 1) {
    const { schema, root }: Shape = current;
    const next = referenceOf(schema, root) ?? onlyAlternative(schema);
    if (next === undefined)
      return ["anyOf", "oneOf", "allOf", "$ref"].some((key) => key in schema) ? undefined : current;
    current = { schema: next, root };
  }
  return undefined;
}

function referenceOf({ $ref }: JsonObject, root: JsonObject): JsonObject | undefined {
  if (typeof $ref !== "string" || !$ref.startsWith("#")) return undefined;
  let found: JsonValue | undefined = root;
  for (const part of $ref.split("/").slice(1))
    found = isJsonObject(found) && Object.hasOwn(found, part) ? found[part] : undefined;
  return isJsonObject(found) ? found : undefined;
}

function onlyAlternative({ anyOf }: JsonObject): JsonObject | undefined {
  if (!Array.isArray(anyOf)) return undefined;
  const [only, ...more] = anyOf.filter(
    (alternative: JsonValue) => !(isJsonObject(alternative) && alternative["type"] === "null"),
  );
  return more.length === 0 && isJsonObject(only) ? only : undefined;
}

function typesOf({ type, enum: values }: JsonObject): ReadonlySet<string> | undefined {
  if (typeof type === "string") return new Set([type]);
  if (Array.isArray(type)) return new Set(type.filter((name: JsonValue) => typeof name === "string"));
  return Array.isArray(values) ? new Set(values.map(jsonTypeOf)) : undefined;
}

/** The JSON type of a value, as schemas name it. */
export function jsonTypeOf(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
