import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import { BatonError } from "../../../core/errors.ts";
import { type CompiledPrompt, compilePrompt } from "../../../prompts/compile.ts";
import type { PromptMessage } from "../../../prompts/messages.ts";
import type { PromptPin } from "../../../prompts/pin.ts";
import { countTokens } from "../../../core/tokens.ts";
import { readJsonArgument } from "../../json-argument.ts";
import { parsePromptRef } from "../../../prompts/ref.ts";
import { isUnknownVersion } from "../../../runs/stored-prompt.ts";
import { openPrompts, type PromptFlags, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import type { Style } from "../../paint.ts";
import { plainText } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";
import { storedPin } from "../../stored-prompt.ts";

interface ShowFlags extends PromptFlags {
  readonly input?: string;
}

const HELP = `
Without --input the exact text of the file goes to stdout, and what is known about it to stderr.

Examples:
  $ baton prompts show brief/write
  $ baton prompts show brief/write@v2
  $ baton prompts show brief/write --input '{"topic":"tea"}'`;

export const configure: Configure = (command, session) => {
  withRoot(command)
    .argument(
      "<prompt>",
      "name, with a version if not the files on disk: brief/write, brief/write@v2, brief/write#concise@main~2",
    )
    .option("--input <json>", "fill it with these variables: JSON, @file.json or - for standard input")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (prompt: string, flags: ShowFlags) => {
      session.exitCode = await show(prompt, flags, session.output);
    });
};

async function show(wanted: string, flags: ShowFlags, output: Output): Promise<number> {
  const values = flags.input === undefined ? undefined : inputOf(await readJsonArgument("--input", flags.input));
  const pin = await pinOf(wanted, flags, output);
  const prompt = compilePrompt(pin);
  const rendered = values === undefined ? undefined : prompt.render(values);
  const text = pin.files[0]?.text ?? "";
  const tokens = await countTokens(rendered === undefined ? [text] : rendered.messages.map(({ content }) => content));
  if (output.json) {
    output.document({ ...pin, tokens, variables: prompt.variables, ...(rendered === undefined ? {} : rendered) });
    return 0;
  }
  output.note(about(pin, { prompt, tokens, isRendered: rendered !== undefined }, output));
  if (rendered === undefined) showText(text, output);
  else output.result(rendered.messages.map((message) => printMessage(message, output)).join("\n\n"));
  return 0;
}

/** From files, Git or the bundle; what these do not have, from a run. */
async function pinOf(wanted: string, flags: ShowFlags, output: Output): Promise<PromptPin> {
  const ref = parsePromptRef(wanted);
  const prompts = await openPrompts(flags, "runs");
  if (prompts.bundle !== undefined) output.note(`Prompts of ${prompts.bundle}`);
  using versions = prompts.versions();
  try {
    return await versions.pin(ref);
  } catch (error) {
    const stored = isUnknownVersion(error) && flags.root === undefined ? await storedPin(ref) : undefined;
    if (stored === undefined) throw error;
    output.note("No file, commit of this branch or bundle has it; a run of this project does.");
    return stored;
  }
}

function inputOf(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new BatonError("input-invalid", "`--input`: expected a JSON object with the prompt's variables.", {
    hint: `Write --input '{"topic":"tea"}'`,
  });
}

interface Facts {
  readonly prompt: CompiledPrompt;
  readonly tokens: number;
  readonly isRendered: boolean;
}

function about(pin: PromptPin, { prompt, tokens, isRendered }: Facts, { paint }: Output): string {
  const line = (label: string, text: string): string => `${paint.err("dim", label.padEnd(10))}${plainText(text)}`;
  const variables = prompt.variables.map(({ name, required }) => (required ? name : `${name}?`));
  const [, ...others] = pin.files;
  return [
    line("ref", `${pin.ref}${pin.dirty ? " (dirty: not what Git has committed)" : ""}`),
    line("closure", pin.closure),
    line("tokens", `${tokens} ${isRendered ? "rendered" : "in the file"} (o200k_base)`),
    ...(prompt.description === undefined ? [] : [line("does", prompt.description)]),
    ...(prompt.model === undefined ? [] : [line("model", prompt.model)]),
    ...(variables.length === 0 ? [] : [line("variables", variables.join(", "))]),
    ...others.map(({ path, blob }) => line("with", `${path}@${blob}`)),
    "",
  ].join("\n");
}

/** A terminal must not be driven by a prompt's text; into a pipe or file goes every byte. */
function showText(text: string, output: Output): void {
  if (output.isTerminal) output.result(plainText(text));
  else output.exact(text);
}

function printMessage({ role, content }: PromptMessage, { paint }: Output): string {
  return `${paint.out("bold", paint.out(ROLE_STYLES[role], `[${role}]`))}\n${plainText(content)}`;
}

const ROLE_STYLES: Readonly<Record<PromptMessage["role"], Style>> = {
  system: "yellow",
  user: "cyan",
  assistant: "green",
};
