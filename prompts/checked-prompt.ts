import type { JsonObject, JsonValue } from "../core/json.ts";
import { checkTemplate } from "./check.ts";
import { parseFrontMatter, type FrontMatter } from "./front-matter.ts";
import { RECALLED, readInput, type PromptInput, type PromptVariable } from "./input.ts";
import { linkTemplate } from "./link.ts";
import type { PromptMessage } from "./messages.ts";
import { readNamedSchema, type PromptFiles } from "./named-schemas.ts";
import { toJsonSchema, type SchemaContext } from "./picoschema.ts";
import { PromptError, type Place } from "./prompt-error.ts";
import { splitPrompt } from "./prompt-text.ts";
import { renderTemplate, type RenderPlan } from "./render.ts";
import type { LinkedTemplate } from "./template-node.ts";

/** A prompt that is checked and ready to be filled; needs no file any more. */
export interface CompiledPrompt {
  readonly name: string;
  readonly description: string | undefined;
  /** The model that the file asks for; undefined leaves the choice to the agent or the configuration. */
  readonly model: string | undefined;
  /** `config` of the file: temperature and the like. */
  readonly settings: JsonObject;
  readonly tools: readonly string[];
  /** The answer's JSON schema, when the file declares one. */
  readonly output: JsonObject | undefined;
  /** Keys of the `baton` namespace. */
  readonly baton: JsonObject;
  /** The declared variables, without `recalled`. */
  readonly variables: readonly PromptVariable[];
  /**
   * Fills the prompt. Values that it does not declare are not used, but for `recalled`: it stands where `{{recalled}}` is, else at the end of
   * the last user message. Throws `prompt-variable` with file and line.
   */
  render(values: JsonObject): RenderedMessages;
}

export interface RenderedMessages {
  readonly messages: readonly PromptMessage[];
  readonly settings: JsonObject;
}

/** The main file of a prompt among the files it is made of. */
export interface PromptEntry {
  readonly name: string;
  readonly path: string;
  readonly files: PromptFiles;
}

/** Compiles a prompt from its files and throws the first of its mistakes. Reads exactly the files that the prompt is made of. */
export function compileEntry(entry: PromptEntry): CompiledPrompt {
  const { prompt, problems } = inspectEntry(entry);
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  return prompt;
}

/** A prompt with all that is wrong between its template and its variables. */
export interface Inspection {
  /** Renders only when there are no problems. */
  readonly prompt: CompiledPrompt;
  readonly problems: readonly PromptError[];
  readonly template: LinkedTemplate;
  /** Where a variable is declared. */
  placeOfVariable(name: string): Place;
  /** Where a setting of the front matter, or its nearest parent, is written. */
  placeOfSetting(path: readonly PropertyKey[]): Place;
}

/** Like `compileEntry`, but throws only for files that cannot be read at all, and returns every other mistake. */
export function inspectEntry({ name, path, files }: PromptEntry): Inspection {
  const file = files.show(path);
  const text = splitPrompt(file, files.read(path) ?? "");
  const frontMatter = parseFrontMatter(text.frontMatter ?? { path: file, text: "", firstLine: 1 });
  const schemas: SchemaContext = { place: frontMatter.place, named: (schema) => readNamedSchema(files, path, schema) };
  const input = readInput(frontMatter, schemas);
  const template = linkTemplate(files, path, text);
  const { problems, optional, placesRecalled } = checkTemplate({ prompt: name, file, template }, input);
  const { schema } = frontMatter.output;
  const prompt: CompiledPrompt = {
    name,
    description: frontMatter.description,
    model: frontMatter.model,
    settings: frontMatter.config,
    tools: frontMatter.tools,
    output: schema === undefined ? undefined : toJsonSchema(schema, ["output", "schema"], schemas),
    baton: batonKeys(frontMatter),
    variables: input.variables,
    render: (values) => ({
      messages: fill({ plan: { prompt: name, file, template, optional }, input, placesRecalled }, values),
      settings: frontMatter.config,
    }),
  };
  return { prompt, problems, template, placeOfVariable: input.place, placeOfSetting: frontMatter.place };
}

interface Fillable {
  readonly plan: RenderPlan;
  readonly input: PromptInput;
  readonly placesRecalled: boolean;
}

function fill(fillable: Fillable, values: JsonObject): readonly PromptMessage[] {
  try {
    return fillChecked(fillable, values);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { prompt, file } = fillable.plan;
    throw new PromptError("prompt-variable", {
      message: `Prompt \`${prompt}\` was given a value that is nested too deeply.`,
      place: { path: file, line: 1 },
      hint: "Pass the part of it that the prompt needs.",
    });
  }
}

function fillChecked({ plan, input, placesRecalled }: Fillable, values: JsonObject): readonly PromptMessage[] {
  const recalled = readRecalled(plan, values);
  const messages = renderTemplate(plan, { input: input.read(plan.prompt, values), recalled });
  const complete = placesRecalled || recalled === "" ? messages : withRecalled(messages, recalled);
  if (complete.length > 0) return complete;
  throw new PromptError("prompt-variable", {
    message: `Prompt \`${plan.prompt}\` renders to nothing with these values.`,
    place: { path: plan.file, line: 1 },
    hint: "Write text that does not depend on optional variables.",
  });
}

function readRecalled(plan: RenderPlan, values: JsonObject): string {
  const recalled: JsonValue | undefined = Object.hasOwn(values, RECALLED) ? values[RECALLED] : undefined;
  if (recalled === undefined || typeof recalled === "string") return recalled ?? "";
  throw new PromptError("prompt-variable", {
    message: `Prompt \`${plan.prompt}\` needs \`${RECALLED}\` to be a string.`,
    place: { path: plan.file, line: 1 },
    hint: "`recalled` is filled by the agent's memory; give the variable another name.",
  });
}

function withRecalled(messages: readonly PromptMessage[], recalled: string): readonly PromptMessage[] {
  const last = messages.findLastIndex(({ role }) => role === "user");
  if (last === -1) return [...messages, { role: "user", content: recalled }];
  return messages.map((message, index) =>
    index === last ? { ...message, content: `${message.content}\n\n${recalled}` } : message,
  );
}

/** Our keys, written as `baton.agent: …` or as `ext: { baton: { agent: … } }`. */
function batonKeys(frontMatter: FrontMatter): JsonObject {
  const dotted = {
    agent: frontMatter["baton.agent"],
    memory: frontMatter["baton.memory"],
    evals: frontMatter["baton.evals"],
    tokenBudget: frontMatter["baton.tokenBudget"],
  };
  const keys = [...Object.entries(frontMatter.ext.baton), ...Object.entries(dotted)];
  return Object.fromEntries(keys.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
