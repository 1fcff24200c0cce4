import type { RunEvent } from "../../core/events.ts";
import type { Run } from "../../runs/run.ts";
import type { PruneReport, Store } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import type { MemoryData } from "./memory-data.ts";
import { runOf } from "./memory-runs.ts";

/** Pruning, in memory. */
export function memoryPrune(data: MemoryData): Store["prune"] {
  return async ({ before, statuses, keepLatest, dryRun }) => {
    const all = [...data.runs.values()].map(runOf);
    const wanted: readonly string[] = statuses;
    const asked = new Set(all.filter((run) => wanted.includes(run.status) && run.updatedAt < before));
    const report = { threads: 0, runs: 0, checkpoints: 0, events: 0, effects: 0, blobs: 0, bytes: 0, bytesFreed: 0 };
    for (const [key, runs] of Map.groupBy(all, (run) => threadKey(run))) {
      const isFree = runs.every((run) => asked.has(run)) && !isForked(data, all, key);
      const kept = data.threads.get(key) ?? [];
      const gone = isFree ? kept.slice(0, Math.max(0, kept.length - keepLatest)) : [];
      const ends = isFree && keepLatest === 0;
      const before = sum(report);
      for (const run of runs.filter((one) => asked.has(one))) {
        const events = historyOf(data, run);
        const effects = data.effects.get(run.id) ?? [];
        report.events += events.length;
        report.effects += effects.length;
        report.runs += ends ? 1 : 0;
        report.bytes += JSON.stringify([events, effects]).length - "[[],[]]".length;
        if (!dryRun) forget(data, run, { ends, checkpoints: gone.length });
      }
      report.checkpoints += gone.length;
      report.bytes += gone.length === 0 ? 0 : JSON.stringify(gone).length;
      if (!dryRun) data.threads.set(key, kept.slice(gone.length));
      if (ends && !dryRun) data.origins.splice(0, Infinity, ...data.origins.filter(({ thread }) => thread !== key));
      if (sum(report) > before) report.threads += 1;
    }
    return { ...report, blobs: forgetBlobs(data, { all, asked, ends: report.runs > 0, dryRun }) } satisfies PruneReport;
  };
}

function sum({ runs, events, effects, checkpoints }: PruneReport): number {
  return runs + events + effects + checkpoints;
}

/** True while a fork of the thread has no checkpoint of its own. */
function isForked(data: MemoryData, all: readonly Run[], key: string): boolean {
  return all.some((run) => run.pins.fork?.threadKey === key && (data.threads.get(threadKey(run)) ?? []).length === 0);
}

function historyOf(data: MemoryData, { id }: Run) {
  const countsNotes = data.faults.has("note of a pruning counted");
  return (data.events.get(id) ?? []).filter(({ type }) => countsNotes || type !== "history_pruned");
}

function forget(data: MemoryData, run: Run, { ends, checkpoints }: { ends: boolean; checkpoints: number }): void {
  const events = historyOf(data, run);
  const effects = data.effects.get(run.id) ?? [];
  data.effects.delete(run.id);
  if (ends) {
    data.events.delete(run.id);
    data.runs.delete(run.id);
    data.budgets.delete(run.id);
  } else if (events.length + effects.length + checkpoints > 0) {
    const note: RunEvent = { type: "history_pruned", checkpoints, events: events.length, effects: effects.length };
    data.events.set(run.id, [{ ...note, seq: events.at(-1)?.seq ?? 1, at: data.clock.now() }]);
  }
}

interface Forgetting {
  readonly all: readonly Run[];
  readonly asked: ReadonlySet<Run>;
  readonly ends: boolean;
  readonly dryRun: boolean;
}

/** Texts that no run pins any more. */
function forgetBlobs(data: MemoryData, { ends, dryRun }: Forgetting): number {
  if (!ends || dryRun) return 0;
  const pinned = new Set(
    [...data.runs.values()].flatMap(({ facts: { pins } }) => [
      pins.fingerprint,
      ...pins.prompts.flatMap(({ files }) => files.map(({ blob }) => blob)),
    ]),
  );
  const gone = [...data.blobs.keys()].filter((id) => !pinned.has(id));
  for (const id of gone) data.blobs.delete(id);
  return gone.length;
}
