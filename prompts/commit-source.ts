import { BatonError } from "../core/errors.ts";
import { decodeText, LARGEST_FILE_BYTES, tooLarge } from "./decode.ts";
import { readGit } from "./git.ts";
import type { GitObjects } from "./git-objects.ts";
import { isPromptPath, MOST_FILES, shownFolder, tooManyFiles } from "./folder.ts";
import { PromptError } from "./prompt-error.ts";
import type { PromptFile, PromptSource, RefusedFile } from "./source.ts";

/** A folder as a commit has it. */
export interface FolderAtCommit {
  /** The prompt folder's place on disk, by which its repository is found. */
  readonly root: string;
  /** Full id of the commit. */
  readonly commit: string;
  /** How errors name the commit: as the user wrote it. */
  readonly shownAs: string;
  readonly objects: GitObjects;
}

/** Prompt files of a folder as a commit has them, read from Git's objects alone; none where the commit has no such folder. */
export function commitSource({ root, commit, shownAs, objects }: FolderAtCommit): PromptSource {
  const show = (path: string): string => `${shownFolder(root)}${path}@${shownAs}`;
  return {
    show,
    async files() {
      const entries = await listCommit(root, commit);
      const files = await Promise.all(entries.map((entry) => readEntry(entry, objects, show)));
      return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}

interface TreeEntry {
  readonly mode: string;
  readonly blob: string;
  /** Undefined where the clone does not have the text. */
  readonly size: number | undefined;
  readonly path: string;
}

async function listCommit(root: string, commit: string): Promise<readonly TreeEntry[]> {
  const listing = await readGit(root, ["ls-tree", "-r", "-z", "-l", "--end-of-options", commit]);
  if (listing === undefined) {
    throw new BatonError("prompt-ref-unknown", `Git does not list the files of commit \`${commit.slice(0, 12)}\`.`, {
      hint: "Try the command again; `git fsck` says whether the repository is whole.",
    });
  }
  const entries = listing.split("\0").flatMap((line) => {
    const [, mode, blob, size = "", path] = /^(\d{6}) \w+ ([0-9a-f]+) +(\S+)\t(.+)$/su.exec(line) ?? [];
    if (mode === undefined || blob === undefined || path === undefined || !isPromptPath(path)) return [];
    return [{ mode, blob, path, size: /^\d+$/u.test(size) ? Number(size) : undefined }];
  });
  if (entries.length > MOST_FILES) throw tooManyFiles(`${root}@${commit.slice(0, 12)}`);
  return entries;
}

async function readEntry(
  { mode, blob, size, path }: TreeEntry,
  objects: GitObjects,
  show: (path: string) => string,
): Promise<PromptFile | RefusedFile> {
  if (!mode.startsWith("100")) return { path, refusal: notAFile(show(path)) };
  // A text that is too large is not even read.
  if (size !== undefined && size > LARGEST_FILE_BYTES) return { path, refusal: tooLarge(show(path), size) };
  const bytes = size === undefined ? undefined : await objects.read(blob);
  if (bytes === undefined) return { path, refusal: missing(show(path)) };
  try {
    return { path, blob, text: decodeText(bytes, show(path)), dirty: false };
  } catch (error) {
    if (error instanceof PromptError) return { path, refusal: error };
    throw error;
  }
}

function notAFile(shown: string): BatonError {
  return new BatonError("prompt-invalid", `\`${shown}\` is a link or a submodule, which is not followed in a commit.`, {
    hint: "Put the file itself into the prompt folder.",
  });
}

function missing(shown: string): BatonError {
  return new BatonError("prompt-invalid", `The text of \`${shown}\` is not in this clone.`, {
    hint: "Run `git fetch --unshallow`, or clone without a filter.",
  });
}
