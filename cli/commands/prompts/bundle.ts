import { writeFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";

import { BUNDLE_FILE, promptRoots } from "../../../config.ts";
import { BatonError } from "../../../core/errors.ts";
import type { PromptBundle } from "../../../prompts/bundle.ts";
import { type BundledFolder, makeBundle } from "../../../prompts/bundle-make.ts";
import { folderSource } from "../../../prompts/folder.ts";
import { loadConfig } from "../../config-file.ts";
import { counted } from "../../counted.ts";
import { type PromptFlags, shownPath, withRoot } from "../../open-prompts.ts";
import type { Output } from "../../output.ts";
import type { Configure } from "../../session.ts";

interface BundleFlags extends PromptFlags {
  readonly ref: string;
  readonly files: boolean;
  readonly out?: string;
}

const HELP = `
Where this file lies beside baton.config.ts, runs take their prompts from it: a container needs neither Git nor the folder.
Tags of the commit and of earlier ones are in it too, so that \`--prompt brief/write=@v1\` works there.

Examples:
  $ baton prompts bundle
  $ baton prompts bundle --ref v2 --out build/${BUNDLE_FILE}`;

export const configure: Configure = (command, session) => {
  withRoot(command)
    .option("--ref <ref>", "the tag, branch or commit whose prompts are bundled", "HEAD")
    .option("--files", "bundle the files as they lie on disk instead, also without Git", false)
    .option("--out <file>", `where to write; - for standard output; otherwise ${BUNDLE_FILE} beside the config`)
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", HELP)
    .action(async (flags: BundleFlags) => {
      session.exitCode = await bundle(flags, session.output);
    });
};

async function bundle(flags: BundleFlags, output: Output): Promise<number> {
  const { roots, file } = await placesOf(flags);
  const { bundle: made, leftOut } = await makeBundle({ roots, revision: flags.files ? undefined : flags.ref });
  const text = `${JSON.stringify(made, undefined, 1)}\n`;
  if (flags.out === "-") {
    output.exact(text);
    return 0;
  }
  await write(file, text);
  for (const tag of leftOut) output.note(`The tag ${tag} is left out: a text of it holds what looks like a secret.`);
  if (!flags.files && flags.ref === "HEAD" && (await isDirty(roots))) {
    output.note(
      "Some prompt files have changes that are not committed; the bundle does not have them (--files takes them).",
    );
  }
  const [current] = made.versions;
  if (output.json) {
    const { dirty, prompts, versions } = made;
    const tags = versions.flatMap((version) => version.tags);
    output.document({ file, commit: current?.commit ?? null, dirty, prompts, tags, leftOut });
  } else output.result(summary(made, { file, bytes: Buffer.byteLength(text) }));
  return 0;
}

interface BundlePlaces {
  readonly roots: readonly BundledFolder[];
  readonly file: string;
}

async function placesOf({ root, out }: BundleFlags): Promise<BundlePlaces> {
  const { folder, paths, named } = await foldersOf(root);
  const roots = paths.map((path) => ({ path, shown: relative(folder, path).split(sep).join("/") }));
  return { roots, file: out === undefined ? resolve(folder, named ?? BUNDLE_FILE) : resolve(out) };
}

interface Folders {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly named?: string | undefined;
}

async function foldersOf(root: PromptFlags["root"]): Promise<Folders> {
  if (root !== undefined) return { folder: process.cwd(), paths: root.map((path) => resolve(path)) };
  const { config, folder } = await loadConfig(process.cwd());
  return { folder, paths: promptRoots(config, folder), named: config.promptBundle };
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BatonError("bad-usage", `\`${file}\` cannot be written: ${reason}`, {
      hint: "Name a file in a folder that exists and is yours: --out <file>",
      cause: error,
    });
  }
}

async function isDirty(roots: readonly BundledFolder[]): Promise<boolean> {
  const files = await Promise.all(roots.map(async ({ path }) => await folderSource(path).files()));
  return files.flat().some((file) => "dirty" in file && file.dirty);
}

function summary(made: PromptBundle, { file, bytes }: { readonly file: string; readonly bytes: number }): string {
  const { dirty, prompts, versions } = made;
  const [current] = versions;
  const tags = versions.flatMap((version) => version.tags);
  const count = Object.keys(prompts).length;
  const of = current?.commit === null ? "without a commit" : `of commit ${current?.commit?.slice(0, 8)}`;
  return [
    `Wrote ${shownPath(file)}: ${counted(count, "prompt")} ${of}${dirty ? ", dirty" : ""}, ${Math.ceil(bytes / 1024)} KiB`,
    ...(tags.length === 0 ? [] : [`Tags: ${tags.join(", ")}`]),
  ].join("\n");
}
