import { ModelError } from "./model-error.ts";
import type { OutputMode } from "./openai-request.ts";

/** Endpoint and model pairs that were found to know no JSON schema. Lives as long as the process: an endpoint may be upgraded. */
const jsonModeOnly = new Set<string>();

/** The output mode to ask for, with the note that goes with a fallback. */
export function knownMode(url: string, model: string): { readonly mode: OutputMode; readonly note: string } {
  return jsonModeOnly.has(keyOf(url, model))
    ? { mode: "json_object", note: noteFor(model) }
    : { mode: "json_schema", note: "" };
}

/** Remembers that this model answers only JSON mode; returns the note for the user. Call it after JSON mode has worked. */
export function rememberJsonMode(url: string, model: string): string {
  jsonModeOnly.add(keyOf(url, model));
  return noteFor(model);
}

/** True when a 400 is about the JSON schema, or says nothing at all; false when it names another reason. */
export function isSchemaRefusal(error: unknown): boolean {
  if (!ModelError.is(error) || error.status !== 400) return false;
  return (
    /response_format|json[ _-]?schema|structured|schema|grammar|guided/i.test(error.message) ||
    /: (?:no reason given|bad request|status code \(no body\))\.$/i.test(error.message)
  );
}

function noteFor(model: string): string {
  return `The endpoint of \`${model}\` refuses a JSON schema: JSON mode was used, and the answer is checked only here.`;
}

function keyOf(url: string, model: string): string {
  return `${url}\n${model}`;
}
