import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";

import type { Command } from "commander";

import { promptPlaces } from "../config.ts";
import type { PromptUse } from "../prompts/lint.ts";
import { PromptLibrary } from "../prompts/library.ts";
import { openProjectPrompts } from "../prompts/project.ts";
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
  /** For people: the bundle that stands before the folders, and why; undefined where the files themselves are read. */
  readonly bundle?: string;
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
  if (areFilesWanted) return { ...(await filesOf(roots)), roots, uses };
  const { library, versions, origin, place, why } = await openProjectPrompts(places);
  return { library, versions, roots, uses, ...(origin.kind === "bundle" ? { bundle: `${place}: ${why}` } : {}) };
}

async function filesOf(roots: readonly string[]): Promise<Pick<CheckedOut, "library" | "versions">> {
  const library = await PromptLibrary.load(roots);
  return { library, versions: () => new PromptVersions(roots, library) };
}

/** A path as the user would type it. */
export function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === "" || way.startsWith("..") ? path : way;
}
