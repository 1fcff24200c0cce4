import { BatonError } from "../core/errors.ts";
import { readGit } from "../prompts/git.ts";

/** Of these files of a folder, those that differ from a commit or are not in it. */
export async function filesSince(folder: string, ref: string, files: readonly string[]): Promise<ReadonlySet<string>> {
  if (files.length === 0) return new Set();
  const [changed = "", fresh = ""] = await Promise.all([
    readGit(folder, [
      "diff",
      "--name-only",
      "--relative",
      "-z",
      "--no-ext-diff",
      "--end-of-options",
      ref,
      "--",
      ...files,
    ]),
    readGit(folder, ["ls-files", "--others", "-z", "--", ...files]),
  ]);
  return new Set(`${changed}\0${fresh}`.split("\0").filter(Boolean));
}

/** Branches whose fork point is the baseline when none is named. */
const MAIN_BRANCHES = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/**
 * The commit that a change is compared with: the given ref, else where this branch left the main one. Throws `prompt-ref-unknown` with the way
 * to fetch it, for a shallow clone has none.
 */
export async function baselineCommit(folder: string, ref: string | undefined): Promise<string> {
  if (ref !== undefined && ref.trim() !== "") return ref;
  if (ref !== undefined)
    throw new BatonError("prompt-ref-unknown", "The version to compare with is an empty text.", {
      hint: await wayToBaseline(folder),
    });
  for (const branch of MAIN_BRANCHES) {
    const base = await readGit(folder, ["merge-base", "HEAD", branch]);
    if (base !== undefined && base.trim() !== "") return base.trim();
  }
  throw new BatonError(
    "prompt-ref-unknown",
    "There is no commit to compare with: this branch and its main branch have none in common here.",
    { hint: await wayToBaseline(folder) },
  );
}

async function wayToBaseline(folder: string): Promise<string> {
  const shallow = (await readGit(folder, ["rev-parse", "--is-shallow-repository"]))?.trim() === "true";
  return shallow
    ? "This clone is shallow. Fetch the history: git fetch --unshallow (in GitHub Actions: actions/checkout with fetch-depth: 0)."
    : "Name a commit, tag or branch: baton eval --baseline main";
}
