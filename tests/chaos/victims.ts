import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { VictimOrder, VictimReport } from "./victim.ts";

/** Processes to be killed. Some are always booting ahead, since that takes longer than what they are for. */
export interface Victims {
  /** Gives the order to a fresh process; resolves when it is gone, with its reports if it lived to its end. */
  send(order: VictimOrder): Promise<readonly VictimReport[] | undefined>;
  close(): Promise<void>;
}

export function victims(spares: number): Victims {
  const ready: ChildProcess[] = [];
  const all = new Set<ChildProcess>();

  function boot(): ChildProcess {
    const child = fork(join(import.meta.dirname, "victim.ts"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    all.add(child);
    child.once("exit", () => all.delete(child));
    return child;
  }

  for (let count = 0; count < spares; count += 1) ready.push(boot());
  return {
    async send(order) {
      const child = ready.shift() ?? boot();
      ready.push(boot());
      let reports: readonly VictimReport[] | undefined;
      const ended = once(child, "exit");
      child.on("message", (message: readonly VictimReport[] | "ready") => {
        if (message !== "ready") reports = message;
      });
      child.send(order);
      const [code, signal]: unknown[] = await ended;
      if (reports === undefined && signal !== "SIGKILL")
        throw new Error(`A victim ended by itself (exit ${String(code)}).`);
      return reports;
    },
    async close() {
      const ending = [...all].map(async (child) => await once(child, "exit"));
      for (const child of all) child.kill("SIGKILL");
      await Promise.all(ending);
    },
  };
}
