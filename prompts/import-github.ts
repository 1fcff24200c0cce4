import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { escapeBefore, escapeBraces, type ImportedPrompt, type Loss, printDraft } from "./import-draft.ts";
import { PromptError } from "./prompt-error.ts";
import { readSettings } from "./import-settings.ts";
import { parseYaml } from "./yaml-text.ts";

/** Makes a prompt file of a GitHub Models `.prompt.yml`. Throws `prompt-invalid` when the YAML is broken or has no messages. */
export function importGithubPrompt(path: string, text: string): ImportedPrompt {
  const { value, place } = parseYaml({ path, text, firstLine: 1 });
  // Reading the YAML has left nothing but JSON.
  const file: JsonObject = isJsonObject(value) ? value : {};
  const messages = file["messages"];
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new PromptError("prompt-invalid", {
      message: `\`${path}\` has no \`messages\`.`,
      place: place(["messages"]),
      hint: "A GitHub prompt lists them: `messages: [{ role: user, content: … }]`.",
    });
  }
  const losses: Loss[] = [];
  const { config, losses: lost } = readSettings(file["modelParameters"]);
  losses.push(...lost, ...lostKeys(file));
  const variables = new Set<string>();
  const template = messages.map((message: JsonValue, index) =>
    messageText(message, { variables, losses, line: place(["messages", index]).line }),
  );
  const { name, description, model } = file;
  return {
    text: printDraft({
      ...(typeof description === "string" ? { description } : typeof name === "string" ? { description: name } : {}),
      ...(typeof model === "string" ? { model } : {}),
      config,
      inputs: [...variables].map((variable) => ({ name: variable, schema: "string", required: true })),
      output: outputOf(file, losses),
      tools: [],
      ext: typeof name === "string" && typeof description === "string" ? { github: { name } } : {},
      template: template.join("\n\n"),
    }),
    losses,
  };
}

interface Reading {
  readonly variables: Set<string>;
  readonly losses: Loss[];
  readonly line: number;
}

const ROLES = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["assistant", "model"],
]);
const VARIABLE = /\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/gu;

function messageText(message: JsonValue, { variables, losses, line }: Reading): string {
  const { role, content } = isJsonObject(message) ? message : {};
  const ours = typeof role === "string" ? ROLES.get(role) : undefined;
  if (ours === undefined) losses.push({ line, what: `The role \`${JSON.stringify(role)}\` became \`user\`.` });
  if (typeof content !== "string") losses.push({ line, what: "A message without text is left out." });
  const text = typeof content === "string" ? content : "";
  let at = 0;
  let template = "";
  for (const match of text.matchAll(VARIABLE)) {
    const [whole, name = ""] = match;
    variables.add(name);
    template += `${escapeBefore(text.slice(at, match.index))}{{${name}}}`;
    at = match.index + whole.length;
  }
  return `{{role "${ours ?? "user"}"}}\n${template}${escapeBraces(text.slice(at))}`.trimEnd();
}

function outputOf(file: JsonObject, losses: Loss[]): { readonly format?: "json"; readonly schema?: JsonValue } {
  const { responseFormat, jsonSchema } = file;
  if (responseFormat !== "json_object" && responseFormat !== "json_schema") return {};
  const schema = typeof jsonSchema === "string" ? parseSchema(jsonSchema) : jsonSchema;
  const inner = isJsonObject(schema) && isJsonObject(schema["schema"]) ? schema["schema"] : schema;
  if (responseFormat === "json_schema" && !isJsonObject(inner))
    losses.push({ what: "`jsonSchema` is not a JSON schema; the answer is JSON of any form." });
  return { format: "json", ...(isJsonObject(inner) ? { schema: inner } : {}) };
}

function parseSchema(text: string): JsonValue | undefined {
  try {
    // JSON.parse is typed `any`; whatever it returns is a JsonValue by definition.
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const READ = new Set(["name", "description", "model", "modelParameters", "messages", "responseFormat", "jsonSchema"]);

function lostKeys(file: JsonObject): readonly Loss[] {
  return Object.keys(file)
    .filter((key) => !READ.has(key))
    .map((key) => ({
      what:
        key === "testData" || key === "evaluators"
          ? `\`${key}\` is left out: cases and scorers stand in an eval file beside the prompt.`
          : `\`${key}\` is left out.`,
    }));
}
