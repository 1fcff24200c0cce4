import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { RunId, TenantId, ThreadId } from "../core/ids.ts";
import type { JsonValue } from "../core/json.ts";
import type { TaskProvenance } from "../core/provenance.ts";
import type { BudgetTable } from "./budget-table.ts";
import type { Fence, Run, RunFacts, RunPins, RunStatus, Settlement } from "./run.ts";

export interface NewRun extends Omit<
  RunFacts,
  "createdAt" | "updatedAt" | "epoch" | "crashes" | "cancelRequested" | "waits" | "deadlineAt"
> {
  /** Accepts the run although another one holds its thread, or waits for it: it waits, and its turn comes in the order of acceptance. @default false */
  readonly mayWait?: boolean;
}

export interface RunFilter {
  readonly tenant?: TenantId;
  readonly status?: RunStatus;
  readonly workflow?: string;
  readonly thread?: ThreadId;
  /** Only runs that were accepted before this one: the next page. */
  readonly before?: RunId;
  /**
   * Only runs that wait for nothing but somebody who goes on with them, by the store's clock: parked or interrupted runs whose time has come,
   * running ones whose lease is over, and runs that have been queued for longer than a lease.
   */
  readonly isDue?: boolean;
  /** @default 100 */
  readonly limit?: number;
}

export interface ClaimRequest {
  readonly run: RunId;
  readonly owner: string;
  readonly leaseMs: number;
  /** Statuses from which this claim may take the run; `running` only counts once its lease is over or its owner's process is known to be gone. */
  readonly from: readonly RunStatus[];
  /** Takes the run only while it is still in this epoch: nobody has held it since the caller looked. */
  readonly epoch?: number;
  /** How long the run may take from its start, or from a resume by hand; a take-over and a hand-over keep the deadline they find. */
  readonly timeoutMs?: number;
}

export type ClaimOutcome =
  | {
      readonly claimed: true;
      readonly run: Run;
      readonly fence: Fence;
      /** True when the run was taken from an owner that vanished. */
      readonly takeover: boolean;
      /** The last checkpoint that a run wrote to the thread; undefined when there is none. */
      readonly head: string | undefined;
    }
  | { readonly claimed: false; readonly run: Run };

/** What an owner hears when it extends its lease. */
export type LeaseAnswer = { readonly held: false } | { readonly held: true; readonly cancelRequested: boolean };

/** The one write of an owner that has to go on while its nodes keep the event loop busy. */
export interface LeaseTable {
  /** Extends the lease, unless the fence no longer holds. */
  renew(fence: Fence, leaseMs: number): Promise<LeaseAnswer>;
}

/** How another thread reaches the leases of a store. */
export interface LeaseAccess {
  /** URL of a module that exports `openLeases(data): Promise<LeaseConnection>` on a connection of its own. */
  readonly module: string;
  readonly data: JsonValue;
}

export interface LeaseConnection extends LeaseTable {
  close(): Promise<void>;
}

export interface RunTable extends LeaseTable {
  /** Commits the run with its input, status `queued`. Throws `run-id-taken` and, unless it may wait, `thread-held` (naming the holder). */
  create(run: NewRun, files: readonly BlobRow[]): Promise<Run>;
  get(id: RunId): Promise<Run | undefined>;
  /** When the `nth` newest run in one of these statuses came to rest; undefined when there are fewer. */
  restedAt(statuses: readonly RunStatus[], nth: number): Promise<number | undefined>;
  /** Newest first. */
  list(filter: RunFilter): Promise<readonly Run[]>;
  /**
   * Takes the run for one owner and raises its epoch. Taking it from another owner that vanished counts as a crash, unless the store itself was
   * away when the lease ran out: `crashes` becomes one more when the thread's head is where it was at the crash before, else 1. Forcing a dead run starts the count anew; every other claim leaves it.
   * Throws `unknown-run`, and `thread-held` for a run that waits while another one is before it.
   */
  claim(request: ClaimRequest): Promise<ClaimOutcome>;
  /**
   * Marks a run that has not come to its end as to be cancelled; one that waits for its turn is cancelled with that, since nobody can hold it.
   * Returns the run as it is then. Throws `unknown-run`.
   */
  requestCancel(id: RunId): Promise<Run>;
  /** Gives a held run other pins, with the texts they name; throws `fenced`. */
  repin(fence: Fence, pins: RunPins, files: readonly BlobRow[]): Promise<Run>;
  /** Ends the ownership with the run's next status; throws `fenced` when the fence no longer holds. Repeatable: the same settlement once more returns the run. */
  settle(fence: Fence, settlement: Settlement): Promise<Run>;
}

export interface EventTable {
  /** Appends in order, with consecutive numbers; throws `fenced`. */
  append(fence: Fence, events: readonly RunEvent[]): Promise<void>;
  /** Events after number `after` (0 = all), oldest first. */
  read(run: RunId, after: number): Promise<readonly StoredEvent[]>;
  /** The newest `count` events, oldest first. */
  latest(run: RunId, count: number): Promise<readonly StoredEvent[]>;
}

/**
 * One entry of the journal. `done` = the result; `spent` = paid but rejected by the caller, never replayed; `intent` = about to happen, and
 * perhaps it did; `undone` = the intent before it is known to have had no effect.
 */
export interface EffectRow {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly status: "done" | "spent" | "intent" | "undone";
  readonly value: JsonValue;
}

export interface EffectTable {
  /** The `done` entry of this key; else its last entry if that is an `intent`; else undefined. */
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

/** What a run knows of a task, before its writes are stored. Step and node are undefined where only the saver knows them. */
export type TaskFacts = Omit<
  TaskProvenance,
  "step" | "node" | "kind" | "writes" | "reads" | "packet" | "packetsSent"
> & {
  readonly step: number | undefined;
  readonly node: string | undefined;
  readonly kind: "agent" | "step";
  /** Names of the fields it reads; undefined when it sees them all. */
  readonly reads: readonly string[] | undefined;
};

/** Says what tasks were made from; asked once for each task, when it hands over its writes. */
export interface ProvenanceSource {
  /** What the run's row says already, so that it need not be said again with each task. */
  readonly pins?: Pick<RunPins, "prompts" | "model">;
  factsOf(task: {
    readonly task: string;
    readonly namespace: string;
    /** Undefined when the saver cannot tell. */
    readonly node: string | undefined;
  }): TaskFacts;
}

/** The provenance of a task's writes as it is stored, in the order in which tasks handed them over. */
export interface ProvenanceRow {
  readonly seq: number;
  readonly namespace: string;
  /** The checkpoint from which the task began. */
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  readonly provenance: TaskProvenance;
}

/** One value that a task wrote to a field. */
export interface WrittenValue {
  readonly checkpoint: string;
  readonly task: string;
  readonly value: unknown;
}

/** What values were made from. Read without LangGraph; written by the saver, in the statement of the writes. */
export interface ProvenanceTable {
  /** All that tasks of a thread wrote, graphs inside nodes included. It outlives pruning; the values do not. */
  ofThread(threadKey: string): Promise<readonly ProvenanceRow[]>;
  /** The values that tasks wrote to a channel, in no particular order: all of them, or those after some checkpoints. */
  written(
    place: { readonly threadKey: string; readonly namespace: string; readonly channel: string },
    checkpoints?: readonly string[],
  ): Promise<readonly WrittenValue[]>;
  /** The fields of a checkpoint, or of the thread's last one; undefined when there is none. What only a reducer can rebuild is left out. */
  state(threadKey: string, checkpoint?: string): Promise<StateAt | undefined>;
}

export interface StateAt {
  readonly checkpoint: string;
  readonly step: number;
  readonly values: ReadonlyMap<string, unknown>;
}

/** Durable storage of runs: one small interface, one conformance suite, several back ends. */
export interface Store {
  /** What a user calls it: `SQLite .baton/baton.db`. */
  readonly description: string;
  readonly runs: RunTable;
  readonly events: EventTable;
  readonly effects: EffectTable;
  readonly budgets: BudgetTable;
  readonly blobs: { get(id: string): Promise<string | undefined> };
  /** Undefined when only this thread can reach the store: leases are then renewed by its event loop. */
  readonly leases: LeaseAccess | undefined;
  readonly provenance: ProvenanceTable;
  /** The checkpoint saver whose every write carries the fence, and what it was made from. Loads LangGraph. */
  saver(fence: Fence, source?: ProvenanceSource): Promise<BaseCheckpointSaver>;
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
