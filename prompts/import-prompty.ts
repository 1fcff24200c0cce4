import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { type DraftField, fieldsSchema, type ImportedPrompt, type Loss, printDraft } from "./import-draft.ts";
import { promptyFields, reconcile } from "./import-fields.ts";
import { convertJinja } from "./import-jinja.ts";
import { readSettings } from "./import-settings.ts";
import { splitPrompt } from "./prompt-text.ts";
import { parseYaml } from "./yaml-text.ts";

/** Makes a prompt file of a `.prompty` file, first or second version of the format. Throws `prompt-invalid` when its front matter is broken. */
export function importPrompty(path: string, text: string): ImportedPrompt {
  const { frontMatter, template } = splitPrompt(path, text);
  const { value } = parseYaml(frontMatter ?? { path, text: "", firstLine: 1 });
  const losses: Loss[] = [];
  const settings = objectOf(value);
  const model = readModel(settings["model"], losses);
  const fields = promptyFields(settings["inputs"]);
  const special = specialInputs(settings["inputs"], losses);
  const body = withoutInputs(template.text, special);
  const converted = convertJinja(body, template.firstLine);
  if (isMustache(settings["template"]))
    losses.push({ what: "The template is Mustache: its sections `{{#…}}` have to be written again." });
  const { inputs, losses: ofInputs } = reconcile(
    fields.filter(({ name }) => !special.has(name)),
    converted,
  );
  losses.push(...converted.losses, ...ofInputs, ...lostKeys(settings));
  const { description, outputs } = settings;
  return {
    text: printDraft({
      ...(typeof description === "string" ? { description } : {}),
      ...model,
      inputs,
      output: outputOf(promptyFields(outputs), settings["model"]),
      tools: toolNames(settings["tools"], losses),
      ext: keptKeys(settings),
      template: withRoles(converted.template, template.firstLine, losses),
    }),
    losses,
  };
}

function objectOf(value: unknown): JsonObject {
  // Reading the YAML has left nothing but JSON.
  return isJsonObject(value) ? value : {};
}

function readModel(
  model: JsonValue | undefined,
  losses: Loss[],
): { readonly model?: string; readonly config: JsonObject } {
  if (typeof model === "string") return { model, config: {} };
  if (!isJsonObject(model)) return { config: {} };
  const configuration = objectOf(model["configuration"]);
  const name = [model["id"], configuration["azure_deployment"], configuration["model"], configuration["name"]].find(
    (candidate) => typeof candidate === "string" && !candidate.includes("${"),
  );
  if ("connection" in model || Object.keys(configuration).length > 0)
    losses.push({ what: "The connection to the model is left out: baton.config.ts says which provider answers." });
  const api = model["apiType"] ?? model["api"] ?? "chat";
  if (api !== "chat" && api !== "responses")
    losses.push({ what: `The file is for the \`${JSON.stringify(api)}\` API; an agent asks a chat model.` });
  const options = { ...objectOf(model["parameters"]), ...objectOf(model["options"]) };
  const { config, losses: lost } = readSettings(options);
  losses.push(...lost);
  return { ...(typeof name === "string" ? { model: name } : {}), config };
}

/** Inputs that are no values: conversations come from memory, and prompts are text. */
function specialInputs(inputs: JsonValue | undefined, losses: Loss[]): ReadonlySet<string> {
  const listed = Array.isArray(inputs)
    ? inputs.map(objectOf)
    : Object.entries(objectOf(inputs)).map(([name, field]) => ({ ...objectOf(field), name }));
  return new Set(
    listed.flatMap((field) => {
      const { name, kind } = field as JsonObject;
      if (typeof name !== "string" || typeof kind !== "string") return [];
      if (kind === "thread") {
        losses.push({
          what: `\`${name}\` was the conversation so far: it comes from memory now, as \`{{recalled}}\`.`,
        });
        return [name];
      }
      if (!["image", "audio", "file"].includes(kind)) return [];
      losses.push({ what: `\`${name}\` is left out: prompts of Baton are text, and it is of kind \`${kind}\`.` });
      return [name];
    }),
  );
}

function withoutInputs(template: string, names: ReadonlySet<string>): string {
  // Another name cannot be printed by a tag.
  const printable = [...names].filter((name) => /^[A-Za-z_]\w*$/u.test(name));
  return printable.reduce(
    (text, name) =>
      text.replace(new RegExp(`^[ \\t]*\\{\\{\\s*${name}\\s*\\}\\}[ \\t]*$|\\{\\{\\s*${name}\\s*\\}\\}`, "gmu"), ""),
    template,
  );
}

const ROLE_LINE = /^[ \t]*(?:#[ \t]*)?(system|developer|user|human|assistant|tool|function)(?:\[[^\]\n]*\])?:[ \t]*$/iu;

function withRoles(template: string, firstLine: number, losses: Loss[]): string {
  const lines = template.split("\n").map((line, index) => {
    const [, found] = ROLE_LINE.exec(line) ?? [];
    if (found === undefined) {
      if (/^[ \t]*\{\{[^{}]+\}\}:[ \t]*$/u.test(line))
        losses.push({
          line: firstLine + index,
          what: "A role that comes from a value is text now: values cannot become roles.",
        });
      return line;
    }
    const role = found.toLowerCase();
    if (role === "tool" || role === "function")
      losses.push({ line: firstLine + index, what: `The role \`${role}\` became \`user\`.` });
    return `{{role "${ROLES.get(role) ?? "user"}"}}`;
  });
  return lines.join("\n");
}

const ROLES = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["assistant", "model"],
]);

function isMustache(template: JsonValue | undefined): boolean {
  const format = isJsonObject(template) ? (template["format"] ?? template["type"]) : template;
  return (isJsonObject(format) ? format["kind"] : format) === "mustache";
}

function outputOf(
  fields: readonly DraftField[],
  model: JsonValue | undefined,
): { readonly schema?: JsonObject; readonly format?: "json" } {
  const parameters = { ...objectOf(objectOf(model)["parameters"]), ...objectOf(objectOf(model)["options"]) };
  const format = parameters["response_format"] ?? parameters["responseFormat"];
  const isJson = fields.length > 0 || (isJsonObject(format) && format["type"] !== "text");
  return { ...(isJson ? { format: "json" } : {}), ...(fields.length > 0 ? { schema: fieldsSchema(fields) } : {}) };
}

function toolNames(tools: JsonValue | undefined, losses: Loss[]): readonly string[] {
  const listed: readonly JsonValue[] = Array.isArray(tools) ? tools : [];
  const names = listed.map((tool) => objectOf(tool)["name"]).filter((name) => typeof name === "string");
  if (names.length > 0)
    losses.push({ what: "Only the names of the tools are kept: what they do is code, not part of a prompt." });
  return names;
}

const KEPT = ["name", "version", "authors", "tags", "metadata"];
const READ = new Set(["description", "model", "inputs", "outputs", "tools", "template", ...KEPT]);

function keptKeys(settings: JsonObject): Readonly<Record<string, JsonObject>> {
  const kept = KEPT.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]] as const]));
  return kept.length === 0 ? {} : { prompty: Object.fromEntries(kept) };
}

function lostKeys(settings: JsonObject): readonly Loss[] {
  return Object.keys(settings)
    .filter((key) => !READ.has(key))
    .map((key) => ({
      what: key === "sample" ? "`sample` is left out: write it as a case of an eval." : `\`${key}\` is left out.`,
    }));
}
