import type { Fence } from "../../runs/run.ts";

/** Rows that are stored together or not at all, in the name of one owner. */
export interface Commit {
  /** Who writes; undefined only for savers outside of runs. */
  readonly fence: Fence | undefined;
  /** The thread that is written: it must be the run's own. */
  readonly thread?: string;
  /** Known again when nobody knows whether an earlier attempt was carried out. */
  readonly mark: number;
  readonly events?: readonly string[];
  readonly effect?: NewEffect;
  readonly lineage?: NewLineage;
  readonly checkpoint?: NewCheckpoint;
  readonly segments?: readonly NewSegment[];
  readonly writes?: readonly NewTaskWrites[];
  /** Throws when something that had to be stored first was lost. */
  ready?(): void;
}

export interface NewEffect {
  readonly key: string;
  readonly status: string;
  readonly body: string;
}

export interface NewLineage {
  readonly lineage: string;
  readonly thread: string;
  readonly ns: string;
}

export interface NewCheckpoint {
  readonly lineage: string;
  readonly id: string;
  readonly parent: string | null;
  readonly metadata: string;
  readonly body: string;
  /** What tasks wrote after the checkpoint before, when it is stored in this row: see `folded-writes.ts`. */
  readonly writes: string | null;
  readonly data: Uint8Array;
}

export interface NewSegment {
  readonly lineage: string;
  readonly list: number;
  readonly start: number;
  readonly type: string;
  readonly data: Uint8Array;
}

export interface NewTaskWrites {
  readonly lineage: string;
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  readonly origin: string | null;
  readonly body: string;
  readonly data: Uint8Array;
}

/** What became of a commit; the fence held, or it would have been refused. */
export interface Committed {
  /** The number of the stored checkpoint; undefined when there was none to store, or its id is stored already. */
  readonly seq: number | undefined;
}

/** A mark that no other commit has. */
export function newMark(): number {
  return Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
}
