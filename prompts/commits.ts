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

// Fields end with NUL, which neither names, titles nor paths can hold: nothing that somebody writes looks like another commit.
const FORMAT = "--format=%x00%x00%H%x00%cI%x00%an%x00%s%x00";
// Signatures would start the user's verification program, and a patch the user's diff program; a renamed file has two paths that changed.
const QUIET = [
  "--no-show-signature",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--no-renames",
  "--encoding=UTF-8",
];

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
  return commitsOf((log ?? "").split("\0"));
}

function commitsOf(tokens: readonly string[]): readonly FolderCommit[] {
  const starts: number[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    if (tokens[at] !== "" || tokens[at + 1] !== "" || !/^[0-9a-f]{40,64}$/u.test(tokens[at + 2] ?? "")) continue;
    starts.push(at);
    // Author and title can be empty too.
    at += FIELDS_END - 1;
  }
  return starts.map((start, index) => {
    const [, , id = "", date = "", author = "", title = "", ...paths] = tokens.slice(start, starts[index + 1]);
    return { id, date, author, title, paths: paths.map((path) => path.replace(/^\n/u, "")).filter(Boolean) };
  });
}

const FIELDS_END = 6;

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
