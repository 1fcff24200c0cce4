import { setTimeout as sleep } from "node:timers/promises";

import type { GuardedProcess } from "./guarded-process.ts";

const PATIENCE_MS = 30_000;

/** Resolves when `ask` succeeds. Throws with the server's own words when it ended, or does not answer in time. */
export async function awaitAnswer(
  server: GuardedProcess,
  ask: () => Promise<void>,
  { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {},
): Promise<void> {
  let lastWords: string | undefined;
  void server.ended.then((words) => (lastWords = words));
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (lastWords !== undefined) throw new Error(`The server ended: ${lastWords}`, { cause });
      if (performance.now() > deadline)
        throw new Error(`The server does not answer after ${patienceMs} ms.`, { cause });
      await sleep(20);
    }
  }
}
