import { BatonError } from "../core/errors.ts";
import type { BundledVersion } from "./bundle.ts";
import { commitSource } from "./commit-source.ts";
import { folderCommits } from "./commits.ts";
import { historyOf, readGit } from "./git.ts";
import { type GitObjects, openGitObjects } from "./git-objects.ts";
import { PromptLibrary } from "./library.ts";
import { promptFileOf } from "./name.ts";
import type { PromptPin } from "./pin.ts";
import { parseRevision, type PromptRef } from "./ref.ts";

/** Gives prompts in other versions than the one that runs use by themselves. */
export interface Versions extends Disposable {
  /** Pins a prompt in the version that its ref names. Throws `prompt-ref-unknown`, `prompt-not-found` and the mistakes of its files. */
  pin(ref: PromptRef): Promise<PromptPin>;
  /** All prompts as a tag, branch or commit has them. Throws `prompt-ref-unknown`. */
  at(revision: string): Promise<PromptLibrary>;
  /** The versions that a bundle holds, the bundled one first; absent where Git has all. */
  readonly bundled?: readonly BundledVersion[];
}

/** Gives prompts as earlier commits have them. Git runs only once a version is asked for. */
export class PromptVersions implements Versions {
  readonly #roots: readonly string[];
  readonly #disk: PromptLibrary;
  readonly #objects = new Map<string, GitObjects>();
  readonly #libraries = new Map<string, Promise<PromptLibrary>>();

  constructor(roots: readonly string[], disk: PromptLibrary) {
    this.#roots = roots;
    this.#disk = disk;
  }

  async pin({ name, version }: PromptRef): Promise<PromptPin> {
    switch (version.kind) {
      case "disk":
        return this.#disk.pin(name);
      case "revision":
        return await this.#pinRevision(name, version.revision);
      case "blob":
        return await this.#pinBlob(name, version.blob);
    }
  }

  async at(revision: string): Promise<PromptLibrary> {
    const known = this.#libraries.get(revision) ?? this.#read(revision);
    this.#libraries.set(revision, known);
    return await known;
  }

  [Symbol.dispose](): void {
    for (const objects of this.#objects.values()) objects[Symbol.dispose]();
  }

  async #read(revision: string): Promise<PromptLibrary> {
    const sources = await Promise.all(
      this.#roots.map(async (root) => {
        const commit = await commitOf(root, revision);
        return commitSource({ root, commit, shownAs: revision, objects: this.#objectsOf(root) });
      }),
    );
    return await PromptLibrary.read(sources);
  }

  #objectsOf(root: string): GitObjects {
    const known = this.#objects.get(root) ?? openGitObjects(root);
    this.#objects.set(root, known);
    return known;
  }

  /** A bare hex id is a commit, and a blob where no commit has it: the refs that runs record name blobs. */
  async #pinRevision(name: string, revision: string): Promise<PromptPin> {
    try {
      return (await this.at(revision)).pin(name);
    } catch (error) {
      const isUnknown = BatonError.is(error) && error.code === "prompt-ref-unknown";
      if (!isUnknown || !/^[0-9a-f]{7,64}$/u.test(revision)) throw error;
      return await this.#pinBlob(name, revision);
    }
  }

  /** One text alone is no prompt: its partials and schemas are those of the newest commit that has it. */
  async #pinBlob(name: string, blob: string): Promise<PromptPin> {
    const current = this.#disk.pinIfRight(name);
    if (current?.files[0]?.blob.startsWith(blob) === true) return current;
    const path = promptFileOf(name);
    for (const root of this.#roots) {
      let newest: string | undefined;
      for (const { id, paths } of await folderCommits(root)) {
        newest ??= id;
        if (!paths.includes(path)) continue;
        // A partial may have been broken since: then as it was when the text came.
        for (const commit of new Set([newest, id])) {
          const pin = (await this.at(commit)).pinIfRight(name);
          if (pin?.files[0]?.blob.startsWith(blob) === true) return pin;
        }
        newest = undefined;
      }
    }
    throw unknownText(name, blob, "in a commit of this branch");
  }
}

/** The full id of a commit; Git is asked for nothing that `parseRevision` refuses. Throws `prompt-ref-unknown` with what to do about it. */
export async function commitOf(root: string, revision: string): Promise<string> {
  const asked = `${parseRevision(revision)}^{commit}`;
  const found = await readGit(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", asked]);
  if (found !== undefined) return found.trim();
  const history = await historyOf(root);
  const problem = `Git has no commit \`${revision}\` in the repository of \`${root}\`.`;
  if (history === "none") {
    throw new BatonError("prompt-ref-unknown", `\`${root}\` has no Git history to look for \`${revision}\` in.`, {
      hint: "Work in a Git clone, with Git installed and allowed to read it (`safe.directory`).",
    });
  }
  throw new BatonError("prompt-ref-unknown", problem, { hint: HINTS[history] });
}

const HINTS = {
  empty: "Nothing is committed yet: commit the prompts first, or bundle the files as they are with `--files`.",
  shallow: "This clone is shallow: run `git fetch --unshallow --tags`, or give actions/checkout `fetch-depth: 0`.",
  whole: "List branches and tags with: git branch -a; git tag",
};

/** The error for a blob id that names no text of the prompt. */
export function unknownText(name: string, blob: string, where: string): BatonError {
  return new BatonError("prompt-ref-unknown", `No text \`${blob}\` of prompt \`${name}\` is ${where}.`, {
    hint: `List its versions with: baton prompts log ${name}`,
  });
}
