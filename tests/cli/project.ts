import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";

import { onTestFinished } from "vitest";

import { callWarm } from "../support/warm-cli.ts";

export const REPOSITORY = resolve(import.meta.dirname, "../..");
export const BIN = join(REPOSITORY, "dist/cli/bin.js");

export interface Finished {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Call {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is called. @default the project's folder */
  readonly cwd?: string;
  /** Flags of Node itself. */
  readonly node?: readonly string[];
  /** True for a process of its own, as flags of Node and standard input need one anyway. @default false */
  readonly own?: boolean;
}

/** A project in a temporary folder, used through the built command line as a user would. */
export interface Project {
  readonly folder: string;
  baton(args: readonly string[], call?: Call): Promise<Finished>;
  /** Starts a command that the test ends itself. */
  start(args: readonly string[]): {
    readonly process: ChildProcessWithoutNullStreams;
    readonly finished: Promise<Finished>;
  };
}

/** A folder with these files, in which `batonjs` and what a workflow needs resolve to this repository. Removed after the test. */
export async function makeProject(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "baton-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "node_modules"));
  await symlink(REPOSITORY, join(folder, "node_modules/batonjs"), "junction");
  for (const dependency of ["@langchain", "zod"]) {
    await symlink(join(REPOSITORY, "node_modules", dependency), join(folder, "node_modules", dependency), "junction");
  }
  await Promise.all(
    Object.entries({ "package.json": '{"type":"module"}', ...files }).map(async ([file, content]) => {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), content);
    }),
  );
  const start: Project["start"] = (args) => launch(folder, args, {});
  return {
    folder,
    start,
    async baton(args, call = {}) {
      if (call.own !== true && call.node === undefined && call.stdin === undefined) {
        return await callWarm({ args, cwd: call.cwd ?? folder, env: environment(call.env) });
      }
      const { process: child, finished } = launch(folder, args, call);
      child.stdin.end(call.stdin ?? "");
      return await finished;
    },
  };
}

/** A project with the workflows of `tests/fixtures/cli-app`: `note`, `flaky`, `slow`, `stuck` and `ask`. */
export async function makeApp(): Promise<Project> {
  const project = await makeProject();
  await cp(join(REPOSITORY, "tests/fixtures/cli-app"), project.folder, { recursive: true });
  return project;
}

/** The user's own settings must not decide what a test sees. */
const HIDDEN = /^(DATABASE_URL|REDIS_URL|.*_API_KEY|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|NODE_ENV|VITEST.*)$/u;

function environment(env: Call["env"] = {}): Readonly<Record<string, string | undefined>> {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HIDDEN.test(name)));
  return { ...kept, ...env };
}

function launch(
  folder: string,
  args: readonly string[],
  { cwd = folder, env = {}, node = [] }: Call,
): ReturnType<Project["start"]> {
  const child = spawn(process.execPath, [...node, BIN, ...args], { cwd, env: environment(env) });
  const finished = new Promise<Finished>((done, failed) => {
    const streams = Promise.all([text(child.stdout), text(child.stderr)]);
    child.once("error", failed);
    child.once("close", (code) => void streams.then(([stdout, stderr]) => done({ code, stdout, stderr }), failed));
  });
  return { process: child, finished };
}

/** Resolves as soon as `condition` holds; fails after ten seconds. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("The condition did not come true.");
    await new Promise((done) => setTimeout(done, 50));
  }
}
