import { readFile } from "node:fs/promises";
import { basename, relative, resolve, sep } from "node:path";

import { BatonError } from "../core/errors.ts";
import { invalid, type PromptBundle, readBundle } from "./bundle.ts";
import { bundleSource } from "./bundle-source.ts";
import { bundleVersions } from "./bundle-versions.ts";
import { commitSource } from "./commit-source.ts";
import { shownFolder } from "./folder.ts";
import { readGit, repositoryOf } from "./git.ts";
import { openGitObjects } from "./git-objects.ts";
import { PromptLibrary } from "./library.ts";
import { PromptVersions, type Versions } from "./versions.ts";

/** Where a project's prompts may come from. */
export interface PromptPlaces {
  /** The project's folder: origins are named relative to it. */
  readonly folder: string;
  /** Prompt folders as absolute paths. */
  readonly roots: readonly string[];
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Whether the config names the bundle: in production it must exist then. */
  readonly bundleIsNamed: boolean;
  /** In production files come from a bundle or a commit, never from a folder as it is. */
  readonly production: boolean;
  /** Takes folders as they are in production too. */
  readonly allowFolder: boolean;
}

/** Where prompts came from: kept with each run. */
export interface PromptOrigin {
  /** A verified bundle, the commit that is checked out, files of a Git work tree, or files without Git. */
  readonly kind: "bundle" | "commit" | "worktree" | "folder";
  /** The bundle or the folders, relative to the project's folder. */
  readonly paths: readonly string[];
}

/** The prompts of a project as runs use them. */
export interface ProjectPrompts {
  readonly library: PromptLibrary;
  readonly origin: PromptOrigin;
  /** For people: the bundle's path with its commit, or the folders. */
  readonly place: string;
  /** For people: why they come from there. */
  readonly why: string;
  /** Older versions; to be disposed of. */
  versions(): Versions;
}

/**
 * Opens the prompts of a project: a bundle where there is one, else the folders. With NODE_ENV=production the folders are read as the commit that is
 * checked out has them, and without Git they are refused. Throws `prompt-bundle-invalid`, `prompt-folder-refused`, `prompt-invalid` and
 * `config-invalid`.
 */
export async function openProjectPrompts(places: PromptPlaces): Promise<ProjectPrompts> {
  const text = await readIfThere(places.bundle);
  if (text !== undefined) return await fromBundle(readBundle(text, shownFile(places.bundle)), places);
  if (places.bundleIsNamed && places.production) throw invalid(shownFile(places.bundle), "does not exist");
  return places.production && !places.allowFolder ? await fromCommit(places) : await fromFolders(places);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw invalid(shownFile(file), `cannot be read (${String(error.code)})`, error);
    }
    throw error;
  }
}

async function fromBundle(bundle: PromptBundle, places: PromptPlaces): Promise<ProjectPrompts> {
  const [version] = bundle.versions;
  const library = await PromptLibrary.read((version?.roots ?? []).map((root) => bundleSource({ bundle, root })));
  const { commit } = version ?? {};
  const of = commit === null || commit === undefined ? "without Git" : `commit ${commit.slice(0, 8)}`;
  const place = `${shownFile(places.bundle)} (${of}${bundle.dirty ? ", dirty" : ""})`;
  const origin = originOf("bundle", [places.bundle], places);
  const why = (await differs(library, places))
    ? "the bundle stands before the folders, whose files are OTHER ones: bundle again, or remove it"
    : "the bundle stands before the folders";
  return { library, origin, place, why, versions: () => bundleVersions(bundle, library) };
}

/** Whoever edits files beside a bundle would wonder why nothing changes. In production nobody does. */
async function differs(library: PromptLibrary, { roots, production }: PromptPlaces): Promise<boolean> {
  if (production) return false;
  try {
    const files = await PromptLibrary.load(roots);
    return files.names().some((name) => {
      const now = files.pinIfRight(name)?.closure;
      // What is broken now was right when it was bundled.
      return now === undefined || now !== library.pinIfRight(name)?.closure;
    });
  } catch (error) {
    // No folder, as in a container, or one that cannot be read: it is not used.
    if (BatonError.is(error)) return false;
    throw error;
  }
}

/** What was reviewed and committed, whatever somebody changed on the machine since. */
async function fromCommit(places: PromptPlaces): Promise<ProjectPrompts> {
  const { roots } = places;
  const heads = await Promise.all(roots.map((root) => headOf(root, places)));
  const readers = heads.map(({ root }) => openGitObjects(root));
  try {
    const sources = heads.flatMap(({ root, commit }, at) => {
      const objects = readers[at];
      return objects === undefined ? [] : [commitSource({ root, commit, shownAs: commit.slice(0, 8), objects })];
    });
    const library = await PromptLibrary.read(sources);
    const place = heads.map(({ root, commit }) => `${shownFile(root)} (commit ${commit.slice(0, 8)})`).join(", ");
    const origin = originOf("commit", roots, places);
    const why = "NODE_ENV=production: what is committed";
    return { library, origin, place, why, versions: () => new PromptVersions(roots, library) };
  } finally {
    for (const reader of readers) reader[Symbol.dispose]();
  }
}

async function headOf(root: string, places: PromptPlaces): Promise<{ readonly root: string; readonly commit: string }> {
  const commit = (await readGit(root, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]))?.trim();
  if (commit === undefined) throw refused(root, places);
  return { root, commit };
}

async function fromFolders(places: PromptPlaces): Promise<ProjectPrompts> {
  const { roots } = places;
  const [library, inGit] = await Promise.all([PromptLibrary.load(roots), areInGit(roots)]);
  return {
    library,
    origin: originOf(inGit ? "worktree" : "folder", roots, places),
    place: roots.map(shownFile).join(", "),
    why: inGit ? "files of a Git work tree" : "files as they are, without Git",
    versions: () => new PromptVersions(roots, library),
  };
}

/** Git is asked once a repository: it may be missing, or refuse a folder of somebody else. */
async function areInGit(roots: readonly string[]): Promise<boolean> {
  const repositories = new Map(roots.map((root) => [repositoryOf(root), root]));
  if (repositories.has(undefined)) return false;
  const answers = [...repositories.values()].map((root) => readGit(root, ["rev-parse", "--git-dir"]));
  return (await Promise.all(answers)).every((answer) => answer !== undefined);
}

function originOf(kind: PromptOrigin["kind"], paths: readonly string[], { folder }: PromptPlaces): PromptOrigin {
  return { kind, paths: paths.map((path) => relative(folder, path).split(sep).join("/")) };
}

function refused(root: string, { bundle }: PromptPlaces): BatonError {
  return new BatonError(
    "prompt-folder-refused",
    `With NODE_ENV=production, the prompts in \`${shownFile(root)}\` cannot be used: no Git says which version they are.`,
    {
      hint: `Deploy the file \`${shownFile(bundle)}\` that \`baton prompts bundle\` writes, or set \`allowPromptFolder: true\` in baton.config.ts.`,
    },
  );
}

function shownFile(path: string): string {
  const folder = shownFolder(resolve(path, ".."));
  return `${folder}${basename(path)}`;
}
