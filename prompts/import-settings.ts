import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { Loss } from "./import-draft.ts";

const NAMES = new Map([
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["topP", "topP"],
  ["seed", "seed"],
  ["stop", "stopSequences"],
  ["stopSequences", "stopSequences"],
  ["max_tokens", "maxOutputTokens"],
  ["maxTokens", "maxOutputTokens"],
  ["max_completion_tokens", "maxOutputTokens"],
  ["maxCompletionTokens", "maxOutputTokens"],
  ["max_output_tokens", "maxOutputTokens"],
  ["maxOutputTokens", "maxOutputTokens"],
  ["frequency_penalty", "frequencyPenalty"],
  ["frequencyPenalty", "frequencyPenalty"],
  ["presence_penalty", "presencePenalty"],
  ["presencePenalty", "presencePenalty"],
  ["reasoning_effort", "reasoningEffort"],
  ["reasoningEffort", "reasoningEffort"],
]);

/** Model settings under the names that a prompt's `config` has for them; the others are lost. */
export function readSettings(settings: JsonValue | undefined): {
  readonly config: JsonObject;
  readonly losses: readonly Loss[];
} {
  const given = isJsonObject(settings) ? Object.entries(settings) : [];
  const known = given.flatMap(([name, value]) => {
    const ours = NAMES.get(name);
    return ours === undefined ? [] : [[ours, value] as const];
  });
  const unknown = given.filter(([name]) => !NAMES.has(name) && !ELSEWHERE.has(name));
  return {
    config: Object.fromEntries(known),
    losses: unknown.map(([name]) => ({ what: `The model setting \`${name}\` is left out.` })),
  };
}

/** Settings that say what the answer is; they become `output`. */
const ELSEWHERE: ReadonlySet<string> = new Set(["response_format", "responseFormat"]);
