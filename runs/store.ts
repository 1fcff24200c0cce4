import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { RunId, TenantId, ThreadId } from "../core/ids.ts";
import type { JsonValue } from "../core/json.ts";
import type { Fence, Run, RunFacts, RunPins, RunStatus, Settlement } from "./run.ts";

export type NewRun = Omit<RunFacts, "createdAt" | "updatedAt" | "epoch">;

export interface RunFilter {
  readonly tenant?: TenantId;
  readonly status?: RunStatus;
  readonly workflow?: string;
  readonly thread?: ThreadId;
  /** @default 100 */
  readonly limit?: number;
}

export interface ClaimRequest {
  readonly run: RunId;
  readonly owner: string;
  readonly leaseMs: number;
  /** Statuses from which this claim may take the run; `running` only counts once its lease is over or its owner's process is known to be gone. */
  readonly from: readonly RunStatus[];
}

export type ClaimOutcome =
  | {
      readonly claimed: true;
      readonly run: Run;
      readonly fence: Fence;
      /** True when the run was taken from an owner that vanished. */ readonly takeover: boolean;
    }
  | { readonly claimed: false; readonly run: Run };

export interface RunTable {
  /** Commits the run with its input, status `queued`. Throws `run-id-taken` and `thread-held` (naming the holder). */
  create(run: NewRun, files: readonly BlobRow[]): Promise<Run>;
  get(id: RunId): Promise<Run | undefined>;
  /** Newest first. */
  list(filter: RunFilter): Promise<readonly Run[]>;
  /** Takes the run for one owner and raises its epoch; throws `unknown-run`. */
  claim(request: ClaimRequest): Promise<ClaimOutcome>;
  /** Extends the lease; false when the fence no longer holds. */
  renew(fence: Fence, leaseMs: number): Promise<boolean>;
  /** Gives a held run other pins, with the texts they name; throws `fenced`. */
  repin(fence: Fence, pins: RunPins, files: readonly BlobRow[]): Promise<Run>;
  /** Ends the ownership with the run's next status; throws `fenced` when the fence no longer holds. */
  settle(fence: Fence, settlement: Settlement): Promise<Run>;
}

export interface EventTable {
  /** Appends in order, with consecutive numbers; throws `fenced`. */
  append(fence: Fence, events: readonly RunEvent[]): Promise<void>;
  /** Events after number `after` (0 = all), oldest first. */
  read(run: RunId, after: number): Promise<readonly StoredEvent[]>;
}

/** One journaled call. `spent` = paid but rejected by the caller: never replayed. */
export interface EffectRow {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly status: "done" | "spent";
  readonly value: JsonValue;
}

export interface EffectTable {
  /** The `done` call of this key, if there is one; spent calls are not returned. */
  find(run: RunId, key: string): Promise<EffectRow | undefined>;
  /** Stores a result durably before it resolves; throws `fenced`. */
  record(fence: Fence, row: EffectRow): Promise<void>;
  /** All rows of a run in the order they were stored. */
  list(run: RunId): Promise<readonly EffectRow[]>;
}

/** Content-addressed text: the files of pinned prompts, and under its fingerprint the shape of a pinned workflow. */
export interface BlobRow {
  readonly id: string;
  readonly text: string;
}

/** Statuses of runs that stand still for good: only their history may be pruned. `dead` can be resumed by force, so it has to be named. */
export const PRUNABLE_STATUSES = ["completed", "cancelled", "dead"] as const satisfies readonly RunStatus[];

export interface PruneRequest {
  /** Only runs that came to rest before this time, in milliseconds since the epoch. */
  readonly before: number;
  readonly statuses: readonly (typeof PRUNABLE_STATUSES)[number][];
  /** How many checkpoints of a thread stay, the newest; with 0 the thread goes, and its runs with it. */
  readonly keepLatest: number;
  /** Says what would go, and removes nothing. */
  readonly dryRun: boolean;
}

/** What a pruning removed. */
export interface PruneReport {
  /** Threads of which anything was removed. */
  readonly threads: number;
  readonly runs: number;
  readonly checkpoints: number;
  readonly events: number;
  readonly effects: number;
  readonly blobs: number;
  /** Bytes of what was removed. */
  readonly bytes: number;
  /** Bytes that went back to the operating system. */
  readonly bytesFreed: number;
}

/** Durable storage of runs: one small interface, one conformance suite, several back ends. */
export interface Store {
  /** What a user calls it: `SQLite .baton/baton.db`. */
  readonly description: string;
  readonly runs: RunTable;
  readonly events: EventTable;
  readonly effects: EffectTable;
  readonly blobs: { get(id: string): Promise<string | undefined> };
  /** The checkpoint saver whose every write carries the fence. Loads LangGraph. */
  saver(fence: Fence): Promise<BaseCheckpointSaver>;
  /** A saver that only reads; its writes throw. Loads LangGraph. */
  reader(): Promise<BaseCheckpointSaver>;
  /**
   * Removes the history of settled runs: their events and journal, the checkpoints of threads whose every run was asked for, and texts
   * that no run pins any more. Never what a run that can be resumed, a fork that has yet to begin, or a checkpoint that stays is made of.
   */
  prune(request: PruneRequest): Promise<PruneReport>;
  /** Proves that the store answers by writing and reading a row of its own. */
  probe(): Promise<void>;
  close(): Promise<void>;
}
