import { isJsonObject, type JsonObject } from "../core/json.ts";
import { schemaCandidates } from "./name.ts";
import { PromptError } from "./prompt-error.ts";
import type { TemplateNode } from "./template-node.ts";

/** Gives the text of a file of the same prompt root; undefined when there is none. Throws when the file must not be used. */
export type ReadPromptFile = (path: string) => string | undefined;

/** Where files are read and how errors name them. */
export interface PromptFiles {
  readonly read: ReadPromptFile;
  show(path: string): string;
  /** Partials that were parsed before, by path: the prompts of one source share them. */
  readonly partials?: Map<string, readonly TemplateNode[]>;
}

const DEEPEST = 64;

/** Finds the JSON schema that a prompt calls by name, in the nearest `schemas/` folder; undefined when there is none. Throws `prompt-invalid` for a broken one. */
export function readNamedSchema(files: PromptFiles, from: string, name: string): JsonObject | undefined {
  for (const path of schemaCandidates(from, name)) {
    const text = files.read(path);
    if (text !== undefined) return parseSchema(text, files.show(path));
  }
  return undefined;
}

function parseSchema(text: string, path: string): JsonObject {
  const schema = parseJson(text, path);
  if (!isJsonObject(schema) || depthOf(schema) > DEEPEST) throw broken(path, "is not a JSON schema object");
  return schema;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/u, ""));
  } catch (error) {
    // The parser's message quotes the file, so only the fact is kept.
    if (error instanceof SyntaxError || error instanceof RangeError) throw broken(path, "is not valid JSON");
    throw error;
  }
}

/** Levels of nesting, counted only as far as matters. */
function depthOf(value: unknown, level = 0): number {
  if (typeof value !== "object" || value === null || level > DEEPEST) return level;
  return Math.max(level, ...Object.values(value).map((member) => depthOf(member, level + 1)));
}

function broken(path: string, what: string): PromptError {
  return new PromptError("prompt-invalid", {
    message: `Schema file \`${path}\` ${what}.`,
    place: { path, line: 1 },
    hint: 'Write a JSON schema: `{ "type": "object", "properties": { … } }`.',
  });
}
