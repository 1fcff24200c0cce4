import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";

import type { Command } from "commander";

import { promptPlaces } from "../config.ts";
import type { PromptUse } from "../prompts/lint.ts";
import { PromptLibrary } from "../prompts/library.ts";
import type { PromptPin } from "../prompts/pin.ts";
import { openProjectPrompts } from "../prompts/project.ts";
import { parsePromptRef } from "../prompts/ref.ts";
import { PromptVersions, type Versions } from "../prompts/versions.ts";
import { loadConfig } from "./config-file.ts";
import { collect } from "./repeated-flag.ts";

export interface PromptFlags {
  readonly root?: readonly string[];
}

/** The prompts of a project, without opening anything else of it. */
export interface CheckedOut {
  readonly library: PromptLibrary;
  /** The prompt folders as absolute paths; they need not exist where there is a bundle. */
  readonly roots: readonly string[];
  /** Which agents use which prompts; empty when `--root` names the folders, since then no workflow is loaded. */
  readonly uses: readonly PromptUse[];
  /** Older versions; to be disposed of. */
  versions(): Versions;
}

/** Adds `--root`, by which prompts are read without loading the project's config. */
export function withRoot(command: Command): Command {
  return command.option(
    "--root <folder>",
    "read prompts from this folder instead of those that baton.config.ts names; may be repeated",
    collect,
  );
}

/**
 * Reads the prompts of the project in the current folder, or of the folders that `--root` names: `as` runs use them, or the files that people
 * edit, as long as there are any. Throws `config-not-found`, `config-invalid` and what `openProjectPrompts` throws.
 */
export async function openPrompts({ root }: PromptFlags, as: "runs" | "files" = "files"): Promise<CheckedOut> {
  if (root !== undefined) {
    const roots = root.map((folder) => resolve(folder));
    return { ...(await filesOf(roots)), roots, uses: [] };
  }
  const { config, folder } = await loadConfig(process.cwd());
  const places = promptPlaces(config, folder, process.env);
  const { roots } = places;
  const uses = config.workflows.flatMap(({ id, nodes }) =>
    nodes.flatMap(({ name, rights }) =>
      rights?.prompt === undefined ? [] : [{ workflow: id, node: name, prompt: rights.prompt, reads: rights.reads }],
    ),
  );
  const areFilesWanted = as === "files" && (roots.some((path) => existsSync(path)) || !existsSync(places.bundle));
  return { ...(areFilesWanted ? await filesOf(roots) : await openProjectPrompts(places)), roots, uses };
}

async function filesOf(roots: readonly string[]): Promise<Pick<CheckedOut, "library" | "versions">> {
  const library = await PromptLibrary.load(roots);
  return { library, versions: () => new PromptVersions(roots, library) };
}

/** Pins a prompt as `brief/write@v2` names it. Throws `prompt-not-found`, `prompt-ref-unknown` and the mistakes of its files. */
export async function pinOf(prompts: CheckedOut, text: string): Promise<PromptPin> {
  const ref = parsePromptRef(text);
  using versions = prompts.versions();
  return await versions.pin(ref);
}

/** A path as the user would type it. */
export function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === "" || way.startsWith("..") ? path : way;
}
