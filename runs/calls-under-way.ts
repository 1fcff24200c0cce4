import type { Journal } from "../core/journal.ts";
import type { LeaseClock } from "./lease.ts";

/** The journaled calls of a run that have begun and not ended. */
export interface CallsUnderWay {
  /** Counts the calls of a journal. */
  watch(journal: Journal): Journal;
  /** Resolves when all calls have ended and what they brought is stored, at the latest after `patienceMs`. */
  ended(clock: Pick<LeaseClock, "sleep">, patienceMs: number): Promise<void>;
}

/**
 * A run that stops while a call is under way waits for it a little before it lets go: what the call brought was paid for, and can only be stored
 * while the run is held.
 */
export function callsUnderWay(): CallsUnderWay {
  const open = new Set<Promise<unknown>>();

  async function counted<T>(call: Promise<T>): Promise<T> {
    open.add(call);
    try {
      return await call;
    } finally {
      open.delete(call);
    }
  }

  return {
    watch: (journal) => ({
      call: async (...args) => await counted(journal.call(...args)),
      once: async (...args) => await counted(journal.once(...args)),
      find: async (call) => await journal.find(call),
      approvals: async (questions) => await journal.approvals(questions),
    }),
    async ended(clock, patienceMs) {
      if (open.size === 0) return;
      const enough = new AbortController();
      const patience = clock.sleep(patienceMs, enough.signal).catch(() => undefined);
      await Promise.race([Promise.allSettled(open), patience]);
      enough.abort();
    },
  };
}
