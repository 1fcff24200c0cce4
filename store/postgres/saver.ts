import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type DeltaChannelHistory,
  type PendingWrite,
} from "@langchain/langgraph-checkpoint";

import type { Fence } from "../../runs/run.ts";
import type { ProvenanceSource } from "../../runs/store.ts";
import { withEditNote } from "../checkpoints/edit-note.ts";
import { configOf, placeOf, requireCheckpoint, requirePlace } from "../checkpoints/place.ts";
import { type ProvenanceNotes, provenanceNotes } from "../checkpoints/provenance-notes.ts";
import { nextVersion } from "../checkpoints/version.ts";
import { wholeResults } from "../checkpoints/whole-results.ts";
import { stateCodec, type StateCodec } from "../codec/codec.ts";
import { fenced, onlyReads } from "../run-refusals.ts";
import type { CommitQueue } from "./commit-queue.ts";
import { checkpointReader, type CheckpointReader } from "./checkpoint-reader.ts";
import { checkpointWriter, type CheckpointWriter } from "./checkpoint-writer.ts";
import type { Database } from "./database.ts";
import { deltaHistory } from "./delta-history.ts";
import { knownCheckpoints } from "./known-checkpoints.ts";
import { listHeads, type CheckpointHead } from "./checkpoint-heads.ts";
import type { StockThreads } from "./stock-threads.ts";
import { deleteThread } from "./sql/delete-thread.ts";

/** Who may write: the holder of a run its own thread, a reader nothing, a saver outside of runs everything. */
export type Access =
  | { readonly kind: "fence"; readonly fence: Fence }
  | { readonly kind: "read" }
  | { readonly kind: "open" };

export interface SaverParts {
  readonly database: Database;
  readonly queue: CommitQueue;
  readonly access: Access;
  /** @default Baton's own, which brings state back exactly or refuses it */
  readonly serde?: StateCodec;
  /** Who knows what tasks were made from. @default nobody: it is not noted */
  readonly source?: ProvenanceSource | undefined;
  /** Threads of the stock saver beside Baton's tables. @default there are none to look for */
  readonly stock?: StockThreads;
}

/** LangGraph's checkpoints on PostgreSQL, in tables of Baton's own. */
export class PostgresCheckpoints extends BaseCheckpointSaver {
  declare serde: StateCodec;
  readonly #parts: SaverParts;
  readonly #reader: CheckpointReader;
  readonly #writer: CheckpointWriter;
  readonly #notes: ProvenanceNotes;

  constructor(parts: SaverParts) {
    super(parts.serde ?? stateCodec());
    this.#parts = parts;
    const known = knownCheckpoints();
    this.#notes = provenanceNotes(parts.source);
    // Through the field, so that whoever replaces it is heard.
    const serde = () => this.serde;
    this.#reader = checkpointReader({ ...parts, serde, known });
    this.#writer = checkpointWriter({ ...parts, serde, known });
  }

  async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const place = placeOf(config);
    if (place === undefined) return undefined;
    const stock = await this.#stockOf(place.thread);
    if (stock !== undefined) return await stock.getTuple(config);
    const tuple = await this.#reader.read(place, { remember: true });
    if (tuple !== undefined) this.#notes.seen(place, tuple.checkpoint, tuple.metadata);
    return tuple;
  }

  async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const thread = placeOf(config)?.thread;
    const stock = thread === undefined ? undefined : await this.#stockOf(thread);
    if (stock !== undefined) {
      yield* stock.list(config, options);
      return;
    }
    for await (const { config: found } of this.heads(config, options)) {
      const place = requirePlace(found);
      const tuple = await this.#reader.read(place, { remember: false });
      if (tuple !== undefined) yield tuple;
    }
  }

  /** Like `list`, without reading any state: the cost does not depend on how large it is. */
  async *heads(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointHead> {
    yield* listHeads(this.#parts.database, config, options);
  }

  async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    given: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const metadata = withEditNote(config, given);
    const { id: parent, ...lineage } = requirePlace(config);
    const fence = this.#fenceFor(lineage.thread);
    this.#notes.seen(lineage, checkpoint, metadata);
    await this.#writer.put({ ...lineage, fence, parent, checkpoint, metadata, newVersions });
    return configOf(lineage, checkpoint.id);
  }

  async putWrites(config: RunnableConfig, given: PendingWrite[], taskId: string, taskPath = ""): Promise<void> {
    const writes = wholeResults(given);
    const place = requireCheckpoint(config);
    const fence = this.#fenceFor(place.thread);
    const task = { ...place, checkpoint: place.id, task: taskId, path: taskPath };
    await this.#writer.putWrites({ ...task, fence, origin: this.#notes.of(task, writes), writes });
  }

  async deleteThread(threadId: string): Promise<void> {
    const fence = this.#fenceFor(threadId);
    await this.#writer.settled(threadId);
    const { database } = this.#parts;
    const values = fence === undefined ? [threadId] : [threadId, fence.run, fence.epoch, fence.owner];
    const [row] = await database.query(deleteThread({ fenced: fence !== undefined }), values);
    if (row === undefined && fence !== undefined) throw fenced(fence);
    this.#writer.forget();
  }

  /** Reads a whole history with a few statements, where the inherited walk reads one checkpoint with its full state per ancestor. */
  override async getDeltaChannelHistory(request: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const { database } = this.#parts;
    const place = placeOf(request.config);
    // The inherited walk asks `getTuple`, which knows where the thread lies.
    if (place !== undefined && (await this.#stockOf(place.thread)) !== undefined)
      return await super.getDeltaChannelHistory(request);
    return await deltaHistory({ database, serde: this.serde }, place, request.channels);
  }

  override getNextVersion(current: number | undefined): number {
    return nextVersion(current);
  }

  /** A thread of the stock saver is taken over by whoever may write it; for a reader, the saver that holds it. */
  async #stockOf(thread: string): Promise<BaseCheckpointSaver | undefined> {
    const { stock, access } = this.#parts;
    if (stock === undefined) return undefined;
    if (access.kind === "read") return await stock.notAdopted(thread);
    await stock.adopt(thread, this);
    return undefined;
  }

  #fenceFor(thread: string): Fence | undefined {
    const { access } = this.#parts;
    switch (access.kind) {
      case "fence":
        return access.fence;
      case "open":
        return undefined;
      case "read":
        throw onlyReads(thread);
      default:
        return access satisfies never;
    }
  }
}
