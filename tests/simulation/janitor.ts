import { HOLDING_STATUSES } from "../../runs/run.ts";
import type { PruneRequest } from "../../runs/store.ts";
import { type MemoryData, memoryData } from "./memory-data.ts";
import { memoryPrune } from "./memory-prune.ts";
import { runOf } from "./memory-runs.ts";

const ENDED = ["completed", "cancelled", "dead"] as const;

/** What a janitor removes: all but the last state of runs that have ended, or all of them. */
export function sweepOf(data: MemoryData, keepLatest: number): PruneRequest {
  return { before: data.clock.now() + 1, statuses: ENDED, keepLatest, dryRun: false };
}

/** Sweeps a copy of what is stored twice; tells what the second time changed that the first had left. */
export async function changesOfSecondSweep(data: MemoryData): Promise<readonly string[]> {
  const changes: string[] = [];
  for (const keepLatest of [1, 0]) {
    const copy = copyOf(data);
    const sweep = memoryPrune(copy);
    await sweep(sweepOf(copy, keepLatest));
    const once = textOf(copy);
    const again = await sweep(sweepOf(copy, keepLatest));
    const counted = Object.entries(again).flatMap(([name, count]) =>
      name !== "bytesFreed" && count > 0 ? [`${count} ${name}`] : [],
    );
    if (textOf(copy) !== once || counted.length > 0)
      changes.push(`a second sweep that keeps ${keepLatest} removed ${counted.join(", ")}`);
    const lost = [...data.runs.values()]
      .map(runOf)
      .filter(({ id, status }) => !copy.runs.has(id) && HOLDING_STATUSES.some((one) => one === status))
      .map(({ id }) => id);
    if (lost.length > 0) changes.push(`a sweep that keeps ${keepLatest} took what can go on: ${lost.join(", ")}`);
  }
  return changes;
}

function copyOf(data: MemoryData): MemoryData {
  const copy = memoryData(data.clock, [...data.faults]);
  for (const name of STORED) {
    // The same part of the same kind of store.
    const [from, to] = [data[name], copy[name]] as [Map<unknown, unknown>, Map<unknown, unknown>];
    for (const [key, value] of structuredClone(from)) to.set(key, value);
  }
  copy.origins.push(...structuredClone(data.origins));
  return copy;
}

const STORED = ["runs", "events", "effects", "blobs", "budgets", "threads"] as const;

function textOf(data: MemoryData): string {
  const { origins, budgets } = data;
  const maps = STORED.filter((name) => name !== "budgets").map((name) => [...data[name]]);
  const spent = [...budgets].map(([id, { limits, entries }]) => [id, limits, [...entries]]);
  return JSON.stringify([maps, spent, origins]);
}
