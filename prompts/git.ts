import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { devNull } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

// Long enough for a busy machine: a listing that is given up looks like a folder of which nothing is committed.
const TIMEOUT_MS = 20_000;
const LARGEST_OUTPUT = 64 * 1024 * 1024;

/** Whatever a repository's own configuration says, reading it starts no program, no hook and no connection. */
const SAFE_OPTIONS = [
  "core.fsmonitor=false",
  `core.hooksPath=${devNull}`,
  "protocol.allow=never",
  "safe.bareRepository=explicit",
  // Would follow one file where a whole folder is asked for.
  "log.follow=false",
].flatMap((option) => ["-c", option]);

/** The folder that holds the repository of a folder, found without starting Git; undefined where there is none. */
export function repositoryOf(folder: string): string | undefined {
  // A folder that is missing is reported by who reads it.
  if (!existsSync(folder)) return undefined;
  for (let above = realpathSync(folder); ; above = dirname(above)) {
    if (existsSync(join(above, ".git"))) return above;
    if (above === dirname(above)) return undefined;
  }
}

/** Runs one read-only Git command in a folder; undefined when no repository holds it, Git is not installed, refuses the folder, fails or takes too long. */
export async function readGit(folder: string, args: readonly string[]): Promise<string | undefined> {
  try {
    if (repositoryOf(folder) === undefined) return undefined;
    const command = gitCommand(folder, args);
    const { stdout } = await run(command.file, [...command.args], {
      env: command.env,
      timeout: TIMEOUT_MS,
      maxBuffer: LARGEST_OUTPUT,
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    // Whatever keeps Git from answering has the same meaning here: nothing is known to be committed.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** How much of its history the repository of a folder has: `none` also where Git is not installed or refuses the folder. */
export async function historyOf(folder: string): Promise<"none" | "empty" | "shallow" | "whole"> {
  const answer = await readGit(folder, ["rev-parse", "--is-shallow-repository"]);
  if (answer === undefined) return "none";
  if (answer.trim() === "true") return "shallow";
  const head = await readGit(folder, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  return head === undefined ? "empty" : "whole";
}

/** A Git command for a folder, in an environment and with options under which it only reads. */
export function gitCommand(
  folder: string,
  args: readonly string[],
): { readonly file: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  return { file: "git", args: [...SAFE_OPTIONS, "-C", folder, ...args], env: gitEnvironment() };
}

function gitEnvironment(): NodeJS.ProcessEnv {
  // GIT_DIR, GIT_INDEX_FILE and the like, as a hook of the user's has them, would point to another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(inherited),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    // A file may be called `:(exclude)x`.
    GIT_LITERAL_PATHSPECS: "1",
    LC_ALL: "C",
  };
}
