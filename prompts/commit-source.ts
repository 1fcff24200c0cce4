import { BatonError } from "../core/errors.ts";
import { decodeText, LARGEST_FILE_BYTES, tooLarge } from "./decode.ts";
import { readGit } from "./git.ts";
import type { GitObjects } from "./git-objects.ts";
import { isPromptPath, shownFolder } from "./folder.ts";
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
  readonly path: string;
}

async function listCommit(root: string, commit: string): Promise<readonly TreeEntry[]> {
  const listing = await readGit(root, ["ls-tree", "-r", "-z", "--end-of-options", commit]);
  if (listing === undefined) {
    throw new BatonError("prompt-ref-unknown", `Git does not list the files of commit \`${commit.slice(0, 12)}\`.`, {
      hint: "Try the command again; `git fsck` says whether the repository is whole.",
    });
  }
  return listing.split("\0").flatMap((line) => {
    const [, mode, blob, path] = /^(\d{6}) \w+ ([0-9a-f]+)\t(.+)$/su.exec(line) ?? [];
    return mode === undefined || blob === undefined || path === undefined || !isPromptPath(path)
      ? []
      : [{ mode, blob, path }];
  });
}

async function readEntry(
  { mode, blob, path }: TreeEntry,
  objects: GitObjects,
  show: (path: string) => string,
): Promise<PromptFile | RefusedFile> {
  if (!mode.startsWith("100")) return { path, refusal: notAFile(show(path)) };
  const bytes = await objects.read(blob);
  if (bytes === undefined) return { path, refusal: missing(show(path)) };
  if (bytes.length > LARGEST_FILE_BYTES) return { path, refusal: tooLarge(show(path), bytes.length) };
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
