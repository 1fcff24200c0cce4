import type { Clock } from "../../core/clock.ts";
import type { StoredEvent } from "../../core/events.ts";
import type { RunId } from "../../core/ids.ts";
import type { Fence } from "../../runs/run.ts";
import type { EffectRow } from "../../runs/store.ts";
import { fenced } from "../../store/run-refusals.ts";
import type { KeptBudget } from "./memory-budgets.ts";
import type { KeptOrigin, KeptThreads } from "./memory-checkpoints.ts";
import type { KeptRun } from "./memory-runs.ts";

/** What of a store can be switched off, to see which test finds it. */
export type Fault =
  | "fence off"
  | "claim without lock"
  | "epoch not compared"
  | "journal off"
  | "reservation off"
  | "note of a pruning counted";

/** What stores on one place share. */
export interface MemoryData {
  readonly clock: Pick<Clock, "now">;
  readonly faults: ReadonlySet<Fault>;
  readonly runs: Map<RunId, KeptRun>;
  readonly events: Map<RunId, StoredEvent[]>;
  readonly effects: Map<RunId, EffectRow[]>;
  readonly blobs: Map<string, string>;
  readonly budgets: Map<RunId, KeptBudget>;
  readonly threads: KeptThreads;
  readonly origins: KeptOrigin[];
  /** Every write of a run that was let through, with the epoch of its writer. */
  readonly writes: { readonly run: RunId; readonly epoch: number }[];
  isHeld(fence: Fence): boolean;
  /** Throws `fenced` when the fence does not hold. */
  check(fence: Fence): void;
}

export function memoryData(clock: Pick<Clock, "now">, faults: readonly Fault[] = []): MemoryData {
  const data: MemoryData = {
    clock,
    faults: new Set(faults),
    runs: new Map(),
    events: new Map(),
    effects: new Map(),
    blobs: new Map(),
    budgets: new Map(),
    threads: new Map(),
    origins: [],
    writes: [],
    isHeld({ run, epoch, owner }) {
      const kept = data.runs.get(run);
      return kept?.held?.owner === owner && kept.facts.epoch === epoch;
    },
    check(fence) {
      if (!data.isHeld(fence) && !data.faults.has("fence off")) throw fenced(fence);
      data.writes.push({ run: fence.run, epoch: fence.epoch });
    },
  };
  return data;
}
