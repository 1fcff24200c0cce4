import { stringify } from "yaml";

import type { JsonObject, JsonValue } from "../core/json.ts";

/** Something of a foreign file that a prompt file cannot say. */
export interface Loss {
  readonly line?: number;
  /** What it was and what became of it, as one sentence. */
  readonly what: string;
}

/** A prompt file made of a file in another format. */
export interface ImportedPrompt {
  readonly text: string;
  readonly losses: readonly Loss[];
}

/** What an importer has found, before it is written down. */
export interface Draft {
  readonly description?: string | undefined;
  readonly model?: string | undefined;
  readonly config: JsonObject;
  readonly inputs: readonly DraftField[];
  readonly output: { readonly schema?: JsonValue | undefined; readonly format?: "json" | undefined };
  readonly tools: readonly string[];
  /** Keys that nothing reads, kept under `ext` by the name of their format. */
  readonly ext: Readonly<Record<string, JsonObject>>;
  readonly template: string;
}

export interface DraftField {
  readonly name: string;
  /** Picoschema without a description. */
  readonly schema: JsonValue;
  readonly required: boolean;
  readonly description?: string | undefined;
  readonly default?: JsonValue | undefined;
}

/** Writes a draft as a prompt file. */
export function printDraft(draft: Draft): string {
  const defaults = draft.inputs.flatMap((field) => (field.default === undefined ? [] : [[field.name, field.default]]));
  const frontMatter = {
    ...(draft.description === undefined ? {} : { description: draft.description }),
    ...(draft.model === undefined ? {} : { model: draft.model }),
    ...(isEmpty(draft.config) ? {} : { config: draft.config }),
    ...(draft.inputs.length === 0
      ? {}
      : {
          input: {
            schema: fieldsSchema(draft.inputs),
            ...(defaults.length === 0 ? {} : { default: Object.fromEntries(defaults) }),
          },
        }),
    ...(draft.output.schema === undefined && draft.output.format === undefined
      ? {}
      : { output: defined(draft.output) }),
    ...(draft.tools.length === 0 ? {} : { tools: [...draft.tools] }),
    ...(isEmpty(draft.ext) ? {} : { ext: draft.ext }),
  };
  const yaml = isEmpty(frontMatter) ? "" : stringify(frontMatter, { lineWidth: 0 });
  return `---\n${yaml}---\n${draft.template.trim()}\n`;
}

/** Writes fields as Picoschema. */
export function fieldsSchema(fields: readonly DraftField[]): JsonObject {
  return Object.fromEntries(
    fields.map(({ name, schema, required, description }) => {
      const key = required ? name : `${name}?`;
      const words = description?.replace(/\s+/gu, " ").trim() ?? "";
      if (typeof schema === "string") return [key, words === "" ? schema : `${schema}, ${words}`];
      // A map of items or members: its description stands in brackets behind the name, where a bracket would end it.
      const kind = Array.isArray(schema) ? "array" : "object";
      const described = words === "" ? kind : `${kind}, ${words.replace(/[()]/gu, "")}`;
      return [`${key}(${described})`, Array.isArray(schema) ? (schema[0] ?? "any") : schema];
    }),
  );
}

/** The words of template text that Handlebars would take for a tag. */
export function escapeBraces(text: string): string {
  return text.replaceAll("{{", "\\{{");
}

/** Like `escapeBraces`, for text that stands right before a tag: a backslash at its end would turn the tag into text. */
export function escapeBefore(text: string): string {
  const escaped = escapeBraces(text);
  return escaped.endsWith("\\") ? `${escaped}\\` : escaped;
}

function defined(value: Draft["output"]): JsonObject {
  return {
    ...(value.format === undefined ? {} : { format: value.format }),
    ...(value.schema === undefined ? {} : { schema: value.schema }),
  };
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
