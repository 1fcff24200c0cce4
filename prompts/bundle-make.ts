import { BatonError } from "../core/errors.ts";
import { type BundledRoot, type BundledVersion, type PromptBundle, sealBundle } from "./bundle.ts";
import { commitSource } from "./commit-source.ts";
import { folderSource } from "./folder.ts";
import { readGit } from "./git.ts";
import { type GitObjects, openGitObjects } from "./git-objects.ts";
import { PromptLibrary } from "./library.ts";
import { lintPrompts } from "./lint.ts";
import { parseRevision } from "./ref.ts";
import { findSecrets } from "./secrets.ts";
import type { PromptFile, PromptSource } from "./source.ts";
import { commitOf } from "./versions.ts";

export interface BundleRequest {
  readonly roots: readonly BundledFolder[];
  /** A tag, branch or commit; undefined takes the files on disk as they are. */
  readonly revision: string | undefined;
}

export interface BundledFolder {
  readonly path: string;
  /** As the bundle names it: relative to the config file. */
  readonly shown: string;
}

export interface MadeBundle {
  readonly bundle: PromptBundle;
  /** Tags that were left out since a text of theirs looks like a secret. */
  readonly leftOut: readonly string[];
}

/**
 * Makes a bundle of the prompts in one version and of all its earlier tags. Throws `prompt-ref-unknown` for a version that Git does not have, and
 * the first error that `lint` finds: what is bundled runs.
 */
export async function makeBundle({ roots: folders, revision }: BundleRequest): Promise<MadeBundle> {
  const roots = folders.map((folder): OpenFolder => ({ ...folder, objects: openGitObjects(folder.path) }));
  try {
    const maker: Maker = { roots, texts: new Map() };
    const commits = await Promise.all(roots.map(({ path }) => commitOrNone(path, revision)));
    const sources = roots.map((root, index) =>
      revision === undefined ? folderSource(root.path) : sourceAt(root, { commit: commits[index] ?? "", revision }),
    );
    const library = await PromptLibrary.read(sources);
    await refuseMistakes(library);
    const files = await Promise.all(sources.map(filesOf));
    const dirty = files.flat().some((file) => file.dirty);
    const tags = await tagsOf(roots, commits[0]);
    const current = dirty ? [] : tags.filter(({ commit }) => commit === commits[0]).map(({ tag }) => tag);
    const earlier = groupByCommit(tags.filter(({ tag }) => !current.includes(tag)));
    const past = await Promise.all(earlier.map((version) => versionAt(maker, version)));
    const versions: BundledVersion[] = [
      { commit: commits[0] ?? null, tags: current, roots: roots.map((root, at) => keep(maker, root, files[at] ?? [])) },
      ...past.flatMap((version) => ("leftOut" in version ? [] : [version])),
    ];
    const texts = Object.fromEntries([...maker.texts].toSorted(([one], [other]) => (one < other ? -1 : 1)));
    return {
      bundle: sealBundle({ dirty, prompts: pinned(library), versions, texts }),
      leftOut: past.flatMap((version) => ("leftOut" in version ? version.leftOut : [])),
    };
  } finally {
    for (const { objects } of roots) objects[Symbol.dispose]();
  }
}

interface OpenFolder extends BundledFolder {
  readonly objects: GitObjects;
}

interface Maker {
  readonly roots: readonly OpenFolder[];
  /** Texts by blob id; fills up. */
  readonly texts: Map<string, string>;
}

/** The files on disk may lie where there is no Git; a named version may not. */
async function commitOrNone(path: string, revision: string | undefined): Promise<string | undefined> {
  if (revision !== undefined) return await commitOf(path, revision);
  return (await readGit(path, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]))?.trim();
}

interface AtCommit {
  readonly commit: string;
  readonly revision: string;
}

function sourceAt({ path, objects }: OpenFolder, { commit, revision }: AtCommit): PromptSource {
  return commitSource({ root: path, commit, shownAs: revision, objects });
}

async function refuseMistakes(library: PromptLibrary): Promise<void> {
  const [error, ...more] = (await lintPrompts(library)).filter(({ severity }) => severity === "error");
  if (error === undefined) return;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new BatonError("prompt-invalid", `The prompts cannot be bundled: ${error.message}${others}`, {
    hint: "See all of it with: baton prompts lint",
  });
}

/** Files that must not be used were refused above, where a prompt needs them. */
async function filesOf(source: PromptSource): Promise<readonly PromptFile[]> {
  return (await source.files()).flatMap((file) => ("refusal" in file ? [] : [file]));
}

function keep({ texts }: Maker, { shown }: BundledFolder, files: readonly PromptFile[]): BundledRoot {
  for (const { blob, text } of files) texts.set(blob, text);
  return { folder: shown, files: Object.fromEntries(files.map(({ path, blob }) => [path, blob])) };
}

function pinned(library: PromptLibrary): PromptBundle["prompts"] {
  const pins = library.names().map((name) => library.pin(name));
  return Object.fromEntries(pins.map(({ name, ref, closure }) => [name, { ref, closure }]));
}

interface TaggedCommit {
  readonly tag: string;
  readonly commit: string;
}

/** Tags of the commit and of those before it, newest first; only such as a prompt ref can name. */
async function tagsOf(roots: readonly BundledFolder[], commit: string | undefined): Promise<readonly TaggedCommit[]> {
  const [root] = roots;
  if (root === undefined || commit === undefined) return [];
  const format = "--format=%(refname:strip=2) %(objectname) %(*objectname)";
  const listing = await readGit(root.path, [
    "for-each-ref",
    "--sort=-creatordate",
    format,
    `--merged=${commit}`,
    "refs/tags",
  ]);
  return (listing ?? "").split("\n").flatMap((line) => {
    const [tag = "", object = "", peeled = ""] = line.split(" ");
    return isRevision(tag) ? [{ tag, commit: peeled === "" ? object : peeled }] : [];
  });
}

function isRevision(tag: string): boolean {
  try {
    parseRevision(tag);
    return true;
  } catch (error) {
    if (BatonError.is(error)) return false;
    throw error;
  }
}

interface TaggedVersion {
  readonly commit: string;
  readonly tags: readonly string[];
}

function groupByCommit(tags: readonly TaggedCommit[]): readonly TaggedVersion[] {
  const groups = Map.groupBy(tags, ({ commit }) => commit);
  return [...groups].map(([commit, group]) => ({ commit, tags: group.map(({ tag }) => tag) }));
}

/** A secret that was taken out of the files since must not travel on in a bundle. */
async function versionAt(
  maker: Maker,
  { commit, tags }: TaggedVersion,
): Promise<BundledVersion | { readonly leftOut: readonly string[] }> {
  const [revision = commit] = tags;
  const files = await Promise.all(
    maker.roots.map(async (root) => {
      const own = (
        await readGit(root.path, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`])
      )?.trim();
      return own === undefined ? [] : await filesOf(sourceAt(root, { commit: own, revision }));
    }),
  );
  if (files.flat().some(({ text }) => findSecrets(text).length > 0)) return { leftOut: tags };
  return { commit, tags: [...tags], roots: maker.roots.map((root, at) => keep(maker, root, files[at] ?? [])) };
}
