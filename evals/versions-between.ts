import { BatonError } from "../core/errors.ts";
import { readGit } from "../prompts/git.ts";
import type { PromptVersions } from "../prompts/versions.ts";
import { commitOf } from "../prompts/versions.ts";
import { openTarget, type TargetSources } from "./open-targets.ts";
import type { Suite } from "./suite.ts";
import type { OpenTarget } from "./target.ts";

/** A version of a suite's target, and the commit that made it. */
export interface TargetVersion {
  readonly commit: string;
  /** First line of its message. */
  readonly title: string;
  readonly target: OpenTarget;
}

export interface Range {
  readonly good: string;
  readonly bad: string;
}

/** Reads `good..bad`. Throws `bad-usage`. */
export function parseRange(text: string): Range {
  const [good = "", bad = "", ...more] = text.split("..");
  if (good !== "" && bad !== "" && more.length === 0) return { good, bad };
  throw new BatonError("bad-usage", `\`${text.slice(0, 80)}\` is no range of versions.`, {
    hint: "Write a good and a bad version with two dots between: baton eval bisect v1..main --case capital",
  });
}

export interface VersionSources {
  readonly roots: readonly string[];
  readonly versions: PromptVersions;
  readonly sources: (library: Awaited<ReturnType<PromptVersions["at"]>>) => TargetSources;
}

/**
 * The versions of a suite's target from the good commit to the bad one, each different from the one before it; commits at which its prompts are
 * broken are passed over. Throws `prompt-ref-unknown`.
 */
export async function versionsBetween(
  suite: Suite,
  { good, bad }: Range,
  { roots, versions, sources }: VersionSources,
): Promise<readonly TargetVersion[]> {
  const [root = "."] = roots;
  const [from, to] = await Promise.all([commitOf(root, good), commitOf(root, bad)]);
  const commits = [from, ...(await changesOf(roots, from, to)).filter((commit) => commit !== to), to];
  const found: TargetVersion[] = [];
  for (const commit of commits) {
    const target = await targetAt(commit);
    if (target === undefined) continue;
    if (JSON.stringify(found.at(-1)?.target.identity) === JSON.stringify(target.identity)) continue;
    found.push({ commit, title: await titleOf(root, commit), target });
  }
  return found;

  async function targetAt(commit: string): Promise<OpenTarget | undefined> {
    try {
      return openTarget(suite, sources(await versions.at(commit)));
    } catch (error) {
      if (BatonError.is(error) && commit !== from && commit !== to) return undefined;
      throw error;
    }
  }
}

/** The commits that changed files of prompts, oldest first; a merge counts as one. */
async function changesOf(roots: readonly string[], from: string, to: string): Promise<readonly string[]> {
  const [root = "."] = roots;
  const range = ["--reverse", "--first-parent", `${from}..${to}`, "--", ...roots];
  const list = await readGit(root, ["rev-list", ...range]);
  return (list ?? "").split("\n").filter((line) => line !== "");
}

async function titleOf(root: string, commit: string): Promise<string> {
  return (await readGit(root, ["show", "--no-patch", "--no-show-signature", "--format=%s", commit]))?.trim() ?? "";
}
