import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** A server that lives no longer than this process. */
export type GuardedProcess = {
  readonly pid: number;
  /** Resolves with the end of its log when the server ended by itself. */
  readonly ended: Promise<string>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
};

/** `signal` ends the server at once, whoever is still connected. */
export type GuardedCommand = {
  readonly command: readonly string[];
  readonly folder: string;
  readonly signal: "INT" | "QUIT" | "TERM";
  readonly user?: { readonly uid: number; readonly gid: number };
};

// The shell becomes the server. Before that it leaves a watchdog behind that reads a pipe whose other end is held by
// this process alone: however this process ends (SIGKILL, a closed terminal), the pipe ends and the server with it.
// The watchdog is a grandchild, since PostgreSQL takes every child for one of its own. Waiting has a bound because a
// container's first process may never reap the server.
const WATCHDOG = `
exec 3<&0
folder=$1 signal=$2
shift 2
( (
  cat <&3 >/dev/null
  kill -"$signal" $$
  rounds=0
  while kill -0 $$ 2>/dev/null && [ $rounds -lt 50 ]; do sleep 0.1; rounds=$((rounds + 1)); done
  kill -KILL $$
  rm -rf "$folder"
) >/dev/null 2>&1 & )
exec "$@" </dev/null >>"$folder/server.log" 2>&1 3<&-
`;

/** Starts `command` in `folder`, apart from the terminal, with a watchdog that ends it when this process is gone. */
export function startGuarded({ command, folder, signal, user }: GuardedCommand): GuardedProcess {
  const child = spawn("/bin/sh", ["-c", WATCHDOG, "watchdog", folder, signal, ...command], {
    cwd: folder,
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
    ...user,
  });
  const exited = once(child, "exit");
  child.unref();
  // A server that is gone closes its pipe; that is told by `exited`.
  child.stdin.on("error", () => {});

  return {
    pid: pidOf(child),
    ended: exited.then(() => readLogEnd(folder)),
    async stop() {
      child.ref();
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("/bin/sh could not be started");
  return child.pid;
}

async function readLogEnd(folder: string): Promise<string> {
  const log = await readFile(join(folder, "server.log"), "utf8").catch(() => "");
  return log.trim().split("\n").slice(-10).join("\n");
}
