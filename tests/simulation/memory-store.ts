import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import type { RunEvent } from "../../core/events.ts";
import type { EffectRow, Store } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { notOwnThread, onlyReads } from "../../store/run-refusals.ts";
import { provenanceNotes } from "../../store/checkpoints/provenance-notes.ts";
import { memoryBudgets } from "./memory-budgets.ts";
import { type KeptOrigin, MemoryCheckpoints } from "./memory-checkpoints.ts";
import type { MemoryData } from "./memory-data.ts";
import { memoryProvenance } from "./memory-provenance.ts";
import { memoryPrune } from "./memory-prune.ts";
import { closedStore, memoryRuns } from "./memory-runs.ts";

/** A store that lasts as long as the test, for simulations: no driver, no disk, no waiting. */
export function memoryStore(data: MemoryData): Store {
  let open = true;

  /** A table whose calls are refused once the store is closed. */
  function guarded<T extends object>(table: T): T {
    const calls = Object.entries(table).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
      name,
      async (...args: unknown[]) => {
        if (!open) throw closedStore();
        return await call(...args);
      },
    ]);
    // The same names with the same calls.
    return Object.fromEntries(calls) as T;
  }

  return {
    description: "memory",
    runs: guarded(memoryRuns(data)),
    events: guarded<Store["events"]>({
      async append(fence, events: readonly RunEvent[]) {
        data.check(fence);
        const known = data.events.get(fence.run) ?? [];
        const first = (known.at(-1)?.seq ?? 0) + 1;
        const added = events.map((event, index) => ({ ...event, seq: first + index, at: data.clock.now() }));
        data.events.set(fence.run, [...known, ...added]);
      },
      read: async (run, after) => (data.events.get(run) ?? []).filter(({ seq }) => seq > after),
      latest: async (run, count) => (data.events.get(run) ?? []).slice(-count),
    }),
    effects: guarded<Store["effects"]>({
      async find(run, key) {
        const rows = (data.effects.get(run) ?? []).filter((row) => row.key === key);
        const row = rows.find(({ status }) => status === "done") ?? rows.at(-1);
        return row?.status === "done" || row?.status === "intent" ? row : undefined;
      },
      async record(fence, row: EffectRow) {
        data.check(fence);
        const rows = data.effects.get(fence.run) ?? [];
        const isKnown = row.status === "done" && rows.some(({ key, status }) => key === row.key && status === "done");
        if (!isKnown && !data.faults.has("journal off")) data.effects.set(fence.run, [...rows, structuredClone(row)]);
      },
      list: async (run) => data.effects.get(run) ?? [],
    }),
    blobs: { get: async (id) => data.blobs.get(id) },
    budgets: guarded(memoryBudgets(data)),
    leases: undefined,
    provenance: memoryProvenance(data),
    async saver(fence, source): Promise<BaseCheckpointSaver> {
      const diary = { notes: provenanceNotes(source), keep: (origin: KeptOrigin) => void data.origins.push(origin) };
      const mayWrite = (thread: string): number => {
        data.check(fence);
        const facts = data.runs.get(fence.run)?.facts;
        if (facts !== undefined && threadKey(facts) !== thread) throw notOwnThread(thread, threadKey(facts));
        return fence.epoch;
      };
      return new MemoryCheckpoints(data.threads, mayWrite, diary);
    },
    async reader(): Promise<BaseCheckpointSaver> {
      const diary = { notes: provenanceNotes(undefined), keep: () => undefined };
      const mayWrite = (thread: string): never => {
        throw onlyReads(thread);
      };
      return new MemoryCheckpoints(data.threads, mayWrite, diary);
    },
    prune: memoryPrune(data),
    async probe() {
      if (!open) throw closedStore();
    },
    async close() {
      open = false;
    },
  };
}
