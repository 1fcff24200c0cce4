import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import { BatonError } from "../../../core/errors.ts";
import { blobId } from "../../../prompts/blob.ts";
import { decodeText } from "../../../prompts/decode.ts";
import { compileEntry } from "../../../prompts/checked-prompt.ts";
import type { ImportedPrompt, Loss } from "../../../prompts/import-draft.ts";
import { promptFileOf } from "../../../prompts/name.ts";
import { loadConfig } from "../../config-file.ts";
import { promptRoots } from "../../../config.ts";
import { type PromptFlags, shownPath, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import { plainText } from "../../plain-text.ts";
import type { Configure } from "../../session.ts";

interface ImportFlags extends PromptFlags {
  readonly name?: string;
  readonly force: boolean;
}

const HELP = `
Reads GitHub Models prompts (.prompt.yml) and Prompty files (.prompty), and says what could not be carried over.

Example:
  $ baton prompts import summarize.prompt.yml --name brief/summarize`;

export const configure: Configure = (command, session) => {
  withRoot(command)
    .argument("<file>", "a .prompt.yml, .prompt.yaml or .prompty file")
    .option("--name <name>", "name of the new prompt; otherwise the file's own")
    .option("--force", "replace a prompt of this name", false)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: ImportFlags) => {
      session.exitCode = await importFile(file, flags, session.output);
    });
};

const ENDING = /(?:\.prompt\.ya?ml|\.prompty)$/iu;

async function importFile(file: string, flags: ImportFlags, output: Output): Promise<number> {
  const imported = await read(file);
  const name = flags.name ?? nameFrom(file);
  const path = promptFileOf(name);
  // An import that does not load is a defect of the importer or a file it cannot know: either way the user must hear it now.
  compileEntry({
    name,
    path,
    files: { read: (wanted) => (wanted === path ? imported.text : undefined), show: (of) => of },
  });
  const target = join(await rootOf(flags), path);
  await write(target, imported.text, flags.force);
  const { losses, text } = imported;
  if (output.json) output.document({ name, file: target, blob: blobId(Buffer.from(text)), losses });
  else {
    output.result(`Wrote ${shownPath(target)}`);
    if (losses.length > 0) output.result(`Not carried over:\n${losses.map(printLoss).join("\n")}`);
  }
  return 0;
}

async function read(file: string): Promise<ImportedPrompt> {
  if (!ENDING.test(file)) {
    throw new BatonError("bad-usage", `\`${file}\` is neither a \`.prompt.yml\` nor a \`.prompty\` file.`, {
      hint: "Rename it, so that its format is known.",
    });
  }
  const text = decodeText(await bytesOf(file), file);
  if (/\.prompty$/iu.test(file)) return (await import("../../../prompts/import-prompty.ts")).importPrompty(file, text);
  return (await import("../../../prompts/import-github.ts")).importGithubPrompt(file, text);
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BatonError("bad-usage", `\`${file}\` cannot be read: ${reason}`, {
      hint: "Check the path; it is relative to the current folder.",
      cause: error,
    });
  }
}

/** File names may hold what prompt names may not. */
function nameFrom(file: string): string {
  const base = basename(file).replace(ENDING, "");
  return base.replace(/[^A-Za-z0-9_-]+/gu, "-").replace(/^[-_]+|-+$/gu, "") || "imported";
}

async function rootOf({ root }: PromptFlags): Promise<string> {
  const [named] = root ?? [];
  if (named !== undefined) return resolve(named);
  const { config, folder } = await loadConfig(process.cwd());
  return promptRoots(config, folder)[0] ?? join(folder, "prompts");
}

async function write(target: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    const reason = error instanceof Error ? error.message : String(error);
    throw new BatonError(
      "bad-usage",
      exists ? `\`${target}\` exists already.` : `\`${target}\` cannot be written: ${reason}`,
      {
        hint: exists ? "Choose another --name, or replace it with --force." : "Check the folder's permissions.",
        cause: error,
      },
    );
  }
}

function printLoss({ line, what }: Loss): string {
  return plainText(`  ${line === undefined ? "" : `line ${line}: `}${what}`);
}
