import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(import.meta.dirname, "../..");

export interface WarmCall {
  readonly id: number;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface WarmOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Host {
  readonly process: ChildProcess;
  /** Resolves when the call before is over: a process has one working directory and one environment. */
  last: Promise<unknown>;
}

let host: Promise<Host> | undefined;
let calls = 0;

/**
 * Runs a command line of the built program in a process that all calls of a test file share, one after another. What only a process of its own can
 * show (signals, standard input, how it ends) is tested there.
 */
export async function callWarm(call: Omit<WarmCall, "id">): Promise<WarmOutcome> {
  host ??= startHost();
  const found = await host;
  const mine = found.last.then(() => ask(found.process, call));
  found.last = mine.catch(() => undefined);
  return await mine;
}

async function startHost(): Promise<Host> {
  const args = [join(REPOSITORY, "dist/cli/main.js"), `${realpathSync(tmpdir())}/`];
  const child = fork(join(import.meta.dirname, "programs/warm-cli.ts"), args, {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  await once(child, "message");
  // It ends when the process of the tests does.
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) stream?.resume();
  return { process: child, last: Promise.resolve() };
}

async function ask(child: ChildProcess, call: Omit<WarmCall, "id">): Promise<WarmOutcome> {
  calls += 1;
  const id = calls;
  child.channel?.ref();
  try {
    return await new Promise<WarmOutcome>((done, failed) => {
      const onMessage = (message: WarmOutcome & { readonly id: number }): void => {
        if (message.id !== id) return;
        child.off("exit", onExit);
        child.off("message", onMessage);
        done({ code: message.code, stdout: message.stdout, stderr: message.stderr });
      };
      const onExit = (code: number | null): void => {
        host = undefined;
        failed(new Error(`The process that runs command lines ended with ${code} in: baton ${call.args.join(" ")}`));
      };
      child.on("message", onMessage);
      child.once("exit", onExit);
      child.send({ id, ...call });
    });
  } finally {
    child.channel?.unref();
  }
}
