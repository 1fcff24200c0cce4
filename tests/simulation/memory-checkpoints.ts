import {
  BaseCheckpointSaver,
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointTuple,
} from "@langchain/langgraph-checkpoint";

import type { ProvenanceNotes } from "../../store/checkpoints/provenance-notes.ts";

type Config = CheckpointTuple["config"];
type Write = [channel: string, value: unknown];

/** A checkpoint as the simulation keeps it. */
export interface KeptCheckpoint {
  readonly id: string;
  readonly ns: string;
  readonly parent: string | undefined;
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
  /** Under which epoch it was written; undefined where no run stands behind the write. */
  readonly epoch: number | undefined;
  readonly writes: [task: string, channel: string, value: unknown][];
}

/** What the writes of a task were made from, as text. */
export interface KeptOrigin {
  readonly thread: string;
  readonly ns: string;
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  readonly origin: string;
}

/** Where it is noted what values were made from. */
export interface Diary {
  readonly notes: ProvenanceNotes;
  keep(origin: KeptOrigin): void;
}

/** Checkpoints by the thread as the saver knows it, each thread in the order of writing. */
export type KeptThreads = Map<string, KeptCheckpoint[]>;

/** Throws unless this thread may be written now; returns the epoch of the writer. */
export type MayWrite = (thread: string) => number | undefined;

/** The checkpoints of the store in memory. Values are copied on the way in. */
export class MemoryCheckpoints extends BaseCheckpointSaver<number> {
  readonly #threads: KeptThreads;
  readonly #mayWrite: MayWrite;
  readonly #diary: Diary;

  constructor(threads: KeptThreads, mayWrite: MayWrite, diary: Diary) {
    super();
    this.#threads = threads;
    this.#mayWrite = mayWrite;
    this.#diary = diary;
  }

  override async getTuple(config: Config): Promise<CheckpointTuple | undefined> {
    const { thread, ns, id } = placeOf(config);
    const found = this.#in(thread, ns).findLast((kept) => id === undefined || kept.id === id);
    if (found === undefined) return undefined;
    this.#diary.notes.seen({ thread, ns }, found.checkpoint, found.metadata);
    return tupleOf(thread, found);
  }

  override async *list(config: Config): AsyncGenerator<CheckpointTuple> {
    const { thread, ns } = placeOf(config);
    for (const kept of this.#in(thread, ns).toReversed()) yield tupleOf(thread, kept);
  }

  override async put(config: Config, checkpoint: Checkpoint, metadata: CheckpointMetadata): Promise<Config> {
    const { thread, ns, id: parent } = placeOf(config);
    const epoch = this.#mayWrite(thread);
    this.#diary.notes.seen({ thread, ns }, checkpoint, metadata);
    const kept = this.#threads.get(thread) ?? [];
    if (!kept.some((one) => one.ns === ns && one.id === checkpoint.id)) {
      kept.push({
        id: checkpoint.id,
        ns,
        parent,
        checkpoint: structuredClone(checkpoint),
        metadata,
        epoch,
        writes: [],
      });
    }
    this.#threads.set(thread, kept);
    return configOf(thread, ns, checkpoint.id);
  }

  override async putWrites(config: Config, writes: Write[], task: string, path = ""): Promise<void> {
    const { thread, ns, id } = placeOf(config);
    this.#mayWrite(thread);
    const origin = this.#diary.notes.of({ thread, ns, checkpoint: id ?? "", task, path }, writes);
    if (origin !== null)
      this.#diary.keep({ thread, ns, checkpoint: id ?? "", task, path, origin: JSON.stringify(origin) });
    const kept = this.#in(thread, ns).find((one) => one.id === id);
    for (const [channel, value] of structuredClone(writes)) {
      if (kept?.writes.some((write) => write[0] === task && write[1] === channel) !== true)
        kept?.writes.push([task, channel, value]);
    }
  }

  override async deleteThread(thread: string): Promise<void> {
    this.#mayWrite(thread);
    this.#threads.delete(thread);
  }

  #in(thread: string, ns: string): KeptCheckpoint[] {
    return (this.#threads.get(thread) ?? []).filter((kept) => kept.ns === ns);
  }
}

function placeOf(config: Config): { readonly thread: string; readonly ns: string; readonly id: string | undefined } {
  const { thread_id: thread, checkpoint_ns: ns, checkpoint_id: id } = config.configurable ?? {};
  return { thread: String(thread), ns: typeof ns === "string" ? ns : "", id: typeof id === "string" ? id : undefined };
}

function configOf(thread: string, ns: string, id: string): Config {
  return { configurable: { thread_id: thread, checkpoint_ns: ns, checkpoint_id: id } };
}

function tupleOf(thread: string, { ns, id, parent, checkpoint, metadata, writes }: KeptCheckpoint): CheckpointTuple {
  return {
    config: configOf(thread, ns, id),
    checkpoint,
    metadata,
    ...(parent === undefined ? {} : { parentConfig: configOf(thread, ns, parent) }),
    pendingWrites: writes,
  };
}
