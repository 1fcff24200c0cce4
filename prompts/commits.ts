import { readGit } from "./git.ts";

export interface Commit {
  readonly id: string;
  /** ISO 8601, with the committer's time zone. */
  readonly date: string;
  readonly author: string;
  /** First line of the message. */
  readonly title: string;
}

/** A commit with the files of one folder that it changed, relative to that folder. */
export interface FolderCommit extends Commit {
  readonly paths: readonly string[];
}

const FORMAT = "--format=%x01%H%x02%cI%x02%an%x02%s%x00";
// Signatures would start the user's verification program, and a patch the user's diff program.
const QUIET = ["--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-color"];

/** The commits that changed files of a folder, newest first; none without Git. A merge counts as one commit. */
export async function folderCommits(folder: string, from = "HEAD"): Promise<readonly FolderCommit[]> {
  const log = await readGit(folder, [
    "log",
    ...QUIET,
    "--name-only",
    "--relative",
    "-z",
    "-m",
    "--first-parent",
    FORMAT,
    "--end-of-options",
    from,
    "--",
    ".",
  ]);
  return (log ?? "").split("\u0001").flatMap((entry) => {
    const [head = "", ...paths] = entry.split("\0");
    const [id, date, author, title] = head.split("\u0002");
    if (id === undefined || date === undefined || author === undefined || title === undefined) return [];
    return [{ id, date, author, title, paths: paths.map((path) => path.replace(/^\n/u, "")).filter(Boolean) }];
  });
}

/** For each file of a folder the commit that changed it last; of two, the newer has the lower `age`. */
export async function lastCommits(folder: string): Promise<ReadonlyMap<string, LastCommit>> {
  const last = new Map<string, LastCommit>();
  for (const [age, { paths, ...commit }] of (await folderCommits(folder)).entries()) {
    for (const path of paths) if (!last.has(path)) last.set(path, { commit, age });
  }
  return last;
}

export interface LastCommit {
  readonly commit: Commit;
  /** How many commits to the folder are newer. Dates can be equal or wrong. */
  readonly age: number;
}
