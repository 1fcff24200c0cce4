import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** A JSON schema node without its indirections: references followed, `allOf` merged. */
export type Shape = JsonObject;

/** Follows `$ref` into `$defs` and merges `allOf`, so that the node itself says what it asks for. */
export function shapeOf(schema: JsonValue | undefined, root: JsonObject): Shape {
  let shape: JsonObject = isJsonObject(schema) ? schema : {};
  for (let hops = 0; typeof shape["$ref"] === "string" && hops < MOST_HOPS; hops++) {
    const { $ref, ...rest } = shape;
    shape = { ...target(String($ref), root), ...rest };
  }
  const parts = shape["allOf"];
  if (!Array.isArray(parts)) return shape;
  return parts.map((part: JsonValue) => shapeOf(part, root)).reduce(merged, shape);
}

const MOST_HOPS = 20;

function target(reference: string, root: JsonObject): JsonObject {
  const path = reference
    .replace(/^#\/?/u, "")
    .split("/")
    .filter((part) => part !== "");
  const found = path.reduce<JsonValue | undefined>((node, part) => {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    return isJsonObject(node) ? node[key] : undefined;
  }, root);
  return isJsonObject(found) ? found : {};
}

function merged(a: Shape, b: Shape): Shape {
  const properties =
    isJsonObject(a["properties"]) || isJsonObject(b["properties"])
      ? { properties: { ...objectOf(a["properties"]), ...objectOf(b["properties"]) } }
      : {};
  const required = [...listOf(a["required"]), ...listOf(b["required"])];
  return { ...a, ...b, ...properties, ...(required.length === 0 ? {} : { required }) };
}

/** The schema's alternatives without those that are null, and whether null is one of them. */
export function alternativesOf(
  shape: Shape,
  root: JsonObject,
): { readonly options: readonly Shape[]; readonly nullable: boolean } {
  const alternatives = shape["anyOf"] ?? shape["oneOf"];
  if (Array.isArray(alternatives)) {
    const { anyOf: _any, oneOf: _one, ...outer } = shape;
    const nested = alternatives.map((option: JsonValue) =>
      alternativesOf({ ...outer, ...shapeOf(option, root) }, root),
    );
    return { options: nested.flatMap(({ options }) => options), nullable: nested.some(({ nullable }) => nullable) };
  }
  const types = listOf(shape["type"]);
  if (types.length > 0) {
    const options = types.filter((type) => type !== "null").map((type): Shape => ({ ...shape, type }));
    return { options, nullable: types.includes("null") };
  }
  return shape["type"] === "null" ? { options: [], nullable: true } : { options: [shape], nullable: false };
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
