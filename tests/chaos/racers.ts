import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { RacerOrder, RacerOutcome, RacerReport, RacerRun } from "./racer.ts";
import type { Place } from "./work.ts";

/** A process of its own that goes on with runs. */
export interface Racer {
  readonly pid: number;
  /** Goes on with all of them at once; resolves with what became of each. */
  go(runs: readonly RacerRun[]): Promise<readonly RacerOutcome[]>;
  signal(name: NodeJS.Signals): void;
  /** How it ended, if it has: a racer that ends by itself is a broken promise. */
  readonly exited: string | undefined;
  close(): Promise<void>;
}

/** Starts a process and opens the place in it. */
export async function racer(place: Place, leaseMs: number): Promise<Racer> {
  const child = fork(join(import.meta.dirname, "racer.ts"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  let exited: string | undefined;
  const gone = once(child, "exit").then(([code, signal]: unknown[]) => {
    exited = `exit ${String(code ?? signal)}`;
  });
  await heard(child);
  await order(child, { kind: "open", place, leaseMs });
  return {
    pid: child.pid ?? 0,
    async go(runs) {
      const report = await order(child, { kind: "go", runs });
      return report.kind === "done" ? report.outcomes : [];
    },
    signal: (name) => void child.kill(name),
    get exited() {
      return exited;
    },
    async close() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function order(child: ChildProcess, what: RacerOrder): Promise<RacerReport> {
  const answer = heard(child);
  child.send(what);
  return await answer;
}

async function heard(child: ChildProcess): Promise<RacerReport> {
  const settled = new AbortController();
  const { signal } = settled;
  const said = once(child, "message", { signal });
  const ended = once(child, "exit", { signal }).then(([code, by]: unknown[]) => {
    throw new Error(`A racer ended by itself (${String(code ?? by)}).`);
  });
  try {
    const [report]: RacerReport[] = await Promise.race([said, ended]);
    if (report === undefined) throw new Error("A racer said nothing.");
    return report;
  } finally {
    // Neither is waited for any longer.
    Promise.allSettled([said, ended]).catch(() => undefined);
    settled.abort();
  }
}
