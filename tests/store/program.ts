import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { onTestFinished } from "vitest";

/** A program of `tests/store/programs`, or one with its whole path, in a process of its own; killed after the test if it still runs. */
export interface Program {
  readonly pid: number | undefined;
  /** The lines it has printed so far. */
  lines(): readonly string[];
  say(line: string): void;
  kill(): void;
  /** What it printed, once it has ended; rejects with its error output when it failed by itself. */
  readonly ended: Promise<string>;
}

export function startProgram(name: string, args: readonly string[], cwd?: string): Program {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, "programs", name), ...args], { cwd });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = once(child, "close").then(([code, signal]) => {
    if (code === 0 || signal === "SIGKILL") return output;
    throw new Error(`${name} ended with ${String(code ?? signal)}: ${errors}`);
  });
  // Observed by the test, perhaps only later.
  ended.catch(() => undefined);
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    pid: child.pid,
    lines: () => output.split("\n").slice(0, -1),
    say: (line) => void child.stdin.write(`${line}\n`),
    kill: () => void child.kill("SIGKILL"),
    ended,
  };
}
