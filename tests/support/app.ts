import { spawn } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { temporaryFolder } from "./baton.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");

/** A fixture app in a folder of its own, run through the built command line as a user would. */
export interface FixtureApp {
  readonly folder: string;
  readonly ledgerFile: string;
  /** What the app's nodes and model noted, in order. */
  ledger(): Promise<readonly string[]>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningCommand;
}

export interface RunningCommand {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly finished: Promise<FinishedCommand>;
}

export interface FinishedCommand {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Copies `tests/fixtures/<name>` to a folder that is removed when the test ends, and where `batonjs` resolves to the built package. */
export async function copyApp(name: string): Promise<FixtureApp> {
  const folder = await temporaryFolder(name);
  await cp(join(REPOSITORY, "tests/fixtures", name), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "fixture", type: "module", private: true }));
  await mkdir(join(folder, "node_modules"));
  await symlink(REPOSITORY, join(folder, "node_modules/batonjs"), "junction");
  for (const dependency of ["@langchain", "zod"]) {
    await symlink(join(REPOSITORY, "node_modules", dependency), join(folder, "node_modules", dependency), "junction");
  }
  const ledgerFile = join(folder, "ledger.txt");
  await writeFile(ledgerFile, "");
  return {
    folder,
    ledgerFile,
    async ledger() {
      return (await readFile(ledgerFile, "utf8")).split("\n").filter((line) => line !== "");
    },
    start: (args, env = {}) =>
      startCommand(args, { cwd: folder, env: { ...process.env, LEDGER_FILE: ledgerFile, ...env } }),
  };
}

function startCommand(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): RunningCommand {
  const child = spawn(process.execPath, [join(REPOSITORY, "dist/cli/bin.js"), ...args], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("The command line could not be started.");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return {
    pid,
    kill: (signal) => void child.kill(signal),
    finished: new Promise((done, failed) => {
      child.once("error", failed);
      child.once("close", (code, signal) => done({ code, signal, stdout, stderr }));
    }),
  };
}
