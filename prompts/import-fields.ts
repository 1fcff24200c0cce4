import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { DraftField, Loss } from "./import-draft.ts";
import type { ConvertedTemplate } from "./import-jinja.ts";

const KINDS = new Map([
  ["string", "string"],
  ["str", "string"],
  ["number", "number"],
  ["float", "number"],
  ["integer", "integer"],
  ["int", "integer"],
  ["boolean", "boolean"],
  ["bool", "boolean"],
]);

/** Reads the `inputs` or `outputs` of a Prompty file: a list of `{ name, kind }`, or a map from names to kinds, settings or sample values. */
export function promptyFields(fields: JsonValue | undefined): readonly DraftField[] {
  if (Array.isArray(fields)) {
    return fields.flatMap((field: JsonValue) =>
      isJsonObject(field) && typeof field["name"] === "string" ? [fieldOf(field["name"], field)] : [],
    );
  }
  if (!isJsonObject(fields)) return [];
  return Object.entries(fields).map(([name, field]) =>
    isJsonObject(field) && ("kind" in field || "type" in field || "default" in field || "description" in field)
      ? fieldOf(name, field)
      : { name, schema: kindOfSample(field), required: true },
  );
}

function fieldOf(name: string, field: JsonObject): DraftField {
  const { description, default: value, required } = field;
  return {
    name,
    schema: schemaOf(field),
    required: required !== false,
    ...(typeof description === "string" ? { description } : {}),
    ...(value === undefined || value === null ? {} : { default: value }),
  };
}

function schemaOf(field: JsonObject): JsonValue {
  const kind = field["kind"] ?? field["type"];
  if (kind === undefined) return kindOfSample(field["default"]);
  if (kind === "array") return [isJsonObject(field["items"]) ? schemaOf(field["items"]) : "any"];
  if (kind === "object") {
    const members = promptyFields(field["properties"]);
    return members.length === 0
      ? "any"
      : Object.fromEntries(members.map(({ name, schema, required }) => [required ? name : `${name}?`, plain(schema)]));
  }
  return typeof kind === "string" ? (KINDS.get(kind) ?? "any") : "any";
}

/** Deeper than one level the kind stands in the name, which this importer does not write. */
function plain(schema: JsonValue): JsonValue {
  return typeof schema === "string" ? schema : "any";
}

/** In older files a bare value is a sample. A bare word can be the kind itself. */
function kindOfSample(sample: JsonValue | undefined): JsonValue {
  if (typeof sample === "string") return KINDS.get(sample) ?? "string";
  if (typeof sample === "number") return Number.isInteger(sample) ? "integer" : "number";
  if (typeof sample === "boolean") return "boolean";
  return Array.isArray(sample) ? ["any"] : "any";
}

/** The declared inputs that the template uses, and those that it uses without a declaration. */
export function reconcile(
  declared: readonly DraftField[],
  { variables }: ConvertedTemplate,
): { readonly inputs: readonly DraftField[]; readonly losses: readonly Loss[] } {
  const unused = declared.filter(({ name }) => !variables.has(name));
  const undeclared = [...variables].filter(([name]) => !declared.some((field) => field.name === name));
  return {
    inputs: [
      ...declared.filter(({ name }) => variables.has(name)).map((field) => asUsed(field, variables.get(field.name))),
      ...undeclared.map(([name, use]) => asUsed({ name, schema: "string", required: true }, use)),
    ],
    losses: [
      ...unused.map(({ name }) => ({ what: `The input \`${name}\` is left out: the template does not use it.` })),
      ...undeclared.map(([name]) => ({ what: `\`${name}\` was used without a declaration; check its type.` })),
    ],
  };
}

type TemplateUse = "text" | "list" | "map" | "test" | undefined;

/** A template says what it does with a value, which counts more than a missing or vague kind. */
function asUsed(field: DraftField, use: TemplateUse): DraftField {
  if (use === "list" && !Array.isArray(field.schema)) return { ...field, schema: ["any"] };
  if (use === "map" && field.schema === "string") return { ...field, schema: "any" };
  return field;
}
