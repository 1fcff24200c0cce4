import { z } from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { parseYaml, type YamlText } from "./yaml-text.ts";

// Reading the YAML has left nothing but JSON; to check it again by `z.json()` costs more than all the rest.
const Json = z.custom<JsonValue>((value) => value !== undefined);
const JsonMap = z.custom<JsonObject>((value) => isJsonObject(value));
const BatonKeys = {
  agent: Json.optional().describe("Settings of the agent that uses the prompt."),
  memory: Json.optional().describe("Settings of its memory."),
  evals: Json.optional().describe("Settings of its evals."),
  tokenBudget: z
    .int()
    .positive()
    .optional()
    .describe("The most tokens that the template's own text may take; held by `baton prompts lint`."),
};

/** What may stand in the front matter of a prompt file. */
export const FrontMatterKeys = z.strictObject({
  model: z.string().min(1).optional().describe("The model that the prompt asks for."),
  description: z.string().optional().describe("What the prompt does, in one sentence."),
  config: JsonMap.default({}).describe("Settings of the model call, such as `temperature`."),
  input: z
    .strictObject({
      schema: Json.optional().describe(
        "The prompt's variables: Picoschema (`question: string, what is asked`), a JSON schema, or the name of a file in `schemas/`.",
      ),
      default: JsonMap.default({}).describe("Values for variables that are not given."),
    })
    .default({ default: {} })
    .describe("The prompt's variables."),
  output: z
    .strictObject({
      format: z.enum(["json", "text"]).optional(),
      schema: Json.optional().describe(
        "The answer's fields, written as `input.schema` is; used where no agent says them.",
      ),
    })
    .default({})
    .describe("What the model answers."),
  tools: z.array(z.string().min(1)).default([]).describe("Names of tools that the model may call."),
  ext: z
    .object({ baton: z.strictObject(BatonKeys).default({}) })
    .catchall(JsonMap)
    .default({ baton: {} })
    .describe("Keys of other programs, by namespace; Baton's own are `baton`."),
  "baton.agent": BatonKeys.agent,
  "baton.memory": BatonKeys.memory,
  "baton.evals": BatonKeys.evals,
  "baton.tokenBudget": BatonKeys.tokenBudget,
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
  const shown = issue.path.map(String).join(".").slice(0, 120);
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const where = shown === "" ? "The front matter" : `\`${shown}\` in the front matter`;
    const hint =
      shown === ""
        ? "Known keys: model, description, config, input, output, tools, ext, baton.agent, baton.memory, baton.evals, baton.tokenBudget."
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
    return issue.expected === "record" || issue.expected === "object"
      ? "a map"
      : `of type ${issue.expected === "int" ? "integer" : issue.expected}`;
  if (issue.code === "invalid_value") return `one of ${issue.values.map((value) => `\`${String(value)}\``).join(", ")}`;
  if (issue.code === "too_small") return issue.origin === "string" ? "not empty" : "above 0";
  return "a map of settings";
}
