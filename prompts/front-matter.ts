import { z } from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { parseYaml, type YamlText } from "./yaml-text.ts";

// Reading the YAML has left nothing but JSON; to check it again by `z.json()` costs more than all the rest.
const Json = z.custom<JsonValue>((value) => value !== undefined);
const JsonMap = z.custom<JsonObject>((value) => isJsonObject(value));
const BatonKeys = { agent: Json.optional(), memory: Json.optional(), evals: Json.optional() };

const FrontMatterKeys = z.strictObject({
  model: z.string().min(1).optional(),
  description: z.string().optional(),
  config: JsonMap.default({}),
  input: z.strictObject({ schema: Json.optional(), default: JsonMap.default({}) }).default({ default: {} }),
  output: z.strictObject({ format: z.enum(["json", "text"]).optional(), schema: Json.optional() }).default({}),
  tools: z.array(z.string().min(1)).default([]),
  /** Keys of other programs, by namespace; ours are `baton`. */
  ext: z
    .object({ baton: z.strictObject(BatonKeys).default({}) })
    .catchall(JsonMap)
    .default({ baton: {} }),
  "baton.agent": BatonKeys.agent,
  "baton.memory": BatonKeys.memory,
  "baton.evals": BatonKeys.evals,
});

type FrontMatterKeys = z.infer<typeof FrontMatterKeys>;

/** The settings above a template, checked, with the place of each for error messages. */
export interface FrontMatter extends FrontMatterKeys {
  /** Where the value at this path, or its nearest parent, is written. */
  place(path: readonly PropertyKey[]): Place;
}

/** Reads the YAML between the `---` lines; throws `prompt-invalid` with file, line and column for broken YAML, unknown keys and wrong types. */
export function parseFrontMatter(yaml: YamlText): FrontMatter {
  const { value, place } = parseYaml(yaml);
  const parsed = FrontMatterKeys.safeParse(value ?? {});
  if (parsed.success) return { ...parsed.data, place };
  const [issue] = parsed.error.issues;
  throw issue === undefined ? parsed.error : frontMatterError(issue, place);
}

function frontMatterError(issue: z.core.$ZodIssue, place: FrontMatter["place"]): PromptError {
  const shown = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const where = shown === "" ? "The front matter" : `\`${shown}\` in the front matter`;
    const hint =
      shown === ""
        ? "Known keys: model, description, config, input, output, tools, ext, baton.agent, baton.memory, baton.evals."
        : "Check the spelling, or remove the key.";
    return new PromptError("prompt-invalid", {
      message: `${where} has the unknown key \`${key.slice(0, 80)}\`.`,
      place: place([...issue.path, key]),
      hint,
    });
  }
  const what =
    shown === ""
      ? "The front matter must be a list of `key: value` lines."
      : `\`${shown}\` in the front matter must be ${expectation(issue)}.`;
  return new PromptError("prompt-invalid", {
    message: what,
    place: place(issue.path),
    hint: "See docs/prompts.md for the keys of a prompt file.",
  });
}

/** Zod's own words for an issue can hold the value; these name the expected kind only. */
function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type")
    return issue.expected === "record" || issue.expected === "object" ? "a map" : `of type ${issue.expected}`;
  if (issue.code === "invalid_value") return `one of ${issue.values.map((value) => `\`${String(value)}\``).join(", ")}`;
  return issue.code === "too_small" ? "not empty" : "a map of settings";
}
