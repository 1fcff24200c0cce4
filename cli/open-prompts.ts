import { relative, resolve } from "node:path";

import type { Command } from "commander";

import { promptRoots } from "../config.ts";
import type { PromptUse } from "../prompts/lint.ts";
import { PromptLibrary } from "../prompts/library.ts";
import type { PromptPin } from "../prompts/pin.ts";
import { parsePromptRef } from "../prompts/ref.ts";
import { PromptVersions } from "../prompts/versions.ts";
import { loadConfig } from "./config-file.ts";

export interface PromptFlags {
  readonly root?: readonly string[];
}

/** The prompts of a project, without opening anything else of it. */
export interface ProjectPrompts {
  readonly library: PromptLibrary;
  /** The prompt folders as absolute paths. */
  readonly roots: readonly string[];
  /** Which agents use which prompts; empty when `--root` names the folders, since then no workflow is loaded. */
  readonly uses: readonly PromptUse[];
}

/** Adds `--root`, by which prompts are read without loading the project's config. */
export function withRoot(command: Command): Command {
  return command.option(
    "--root <folder>",
    "read prompts from this folder instead of those that baton.config.ts names; may be repeated",
    (folder: string, before: readonly string[] | undefined) => [...(before ?? []), folder],
  );
}

/** Reads the prompts of the project in the current folder, or of the folders that `--root` names. Throws `config-not-found` and `config-invalid`. */
export async function openPrompts({ root }: PromptFlags): Promise<ProjectPrompts> {
  if (root !== undefined) {
    const roots = root.map((folder) => resolve(folder));
    return { library: await PromptLibrary.load(roots), roots, uses: [] };
  }
  const { config, folder } = await loadConfig(process.cwd());
  const roots = promptRoots(config, folder);
  const uses = config.workflows.flatMap(({ id, nodes }) =>
    nodes.flatMap(({ name, rights }) =>
      rights?.prompt === undefined ? [] : [{ workflow: id, node: name, prompt: rights.prompt, reads: rights.reads }],
    ),
  );
  return { library: await PromptLibrary.load(roots), roots, uses };
}

/** Pins a prompt as `brief/write@v2` names it. Throws `prompt-not-found`, `prompt-ref-unknown` and the mistakes of its files. */
export async function pinOf({ library, roots }: ProjectPrompts, text: string): Promise<PromptPin> {
  const ref = parsePromptRef(text);
  using versions = new PromptVersions(roots, library);
  return await versions.pin(ref);
}

/** A path as the user would type it. */
export function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === "" || way.startsWith("..") ? path : way;
}
