import { isJsonObject, type JsonObject } from "../core/json.ts";

/** The part of the Standard Schema specification that Baton uses; schemas of zod and of other libraries have it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { target: "draft-2020-12" }) => unknown;
      readonly output: (options: { target: "draft-2020-12" }) => unknown;
    };
  };
}

/** What may be given to a schema. */
export type InputOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["input"];
/** What a schema makes of it. */
export type OutputOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];

export type SchemaCheck =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

export function isStandard(value: unknown): value is StandardSchema {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}

/** Validates a value; the message of a failure names the places in it. */
export async function checkValue(schema: StandardSchema, value: unknown): Promise<SchemaCheck> {
  const result: unknown = await schema["~standard"].validate(value);
  if (typeof result === "object" && result !== null && "issues" in result && Array.isArray(result.issues)) {
    return { ok: false, message: result.issues.map(printIssue).join("; ") };
  }
  return { ok: true, value: typeof result === "object" && result !== null && "value" in result ? result.value : value };
}

/** True when the schema takes `undefined`. */
export function acceptsAbsence(schema: StandardSchema): boolean {
  const result: unknown = schema["~standard"].validate(undefined);
  const isPending = result instanceof Promise;
  return (
    !isPending && typeof result === "object" && result !== null && !("issues" in result && result.issues !== undefined)
  );
}

/** JSON schema of what may be given to a schema (draft 2020-12). Throws an error that says why when JSON cannot carry it. */
export function printJsonSchema(schema: StandardSchema): JsonObject {
  const generate = schema["~standard"].jsonSchema;
  if (generate === undefined) throw new Error("its schema library cannot print a JSON schema");
  const written = generate.input({ target: "draft-2020-12" });
  if (!isJsonObject(written)) throw new Error("its JSON schema is not an object");
  const { $schema: _dialect, ...rest } = written;
  return rest;
}

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function printIssue(issue: StandardIssue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return path === "" ? issue.message : `${issue.message} (at ${path})`;
}
