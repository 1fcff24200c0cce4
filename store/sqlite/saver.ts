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

import type { ProvenanceSource } from "../../runs/store.ts";
import { stateCodec, type StateCodec } from "../codec/codec.ts";
import { placeOfValue } from "../codec/place.ts";
import type { Ticket } from "../ticket.ts";
import { listCheckpoints } from "./checkpoint-list.ts";
import { checkpointOrder } from "../checkpoints/order.ts";
import { withEditNote } from "../checkpoints/edit-note.ts";
import { configOf, placeOf, requireCheckpoint, requirePlace, type Lineage } from "../checkpoints/place.ts";
import { type ProvenanceNotes, provenanceNotes } from "../checkpoints/provenance-notes.ts";
import { nextVersion } from "../checkpoints/version.ts";
import { wholeResults } from "../checkpoints/whole-results.ts";
import { gather, tupleFrom } from "./checkpoint-tuple.ts";
import { valueTable, type ValueRow } from "./checkpoint-values.ts";
import { writeRows, writeTable } from "./checkpoint-writes.ts";
import { checkpointTable, type CheckpointBody, type CheckpointRow } from "./checkpoints.ts";
import type { Connection } from "./connection.ts";
import { deltaHistory, deltaRows } from "./delta-history.ts";

/** Runs inside the transaction of every write with the thread it goes to; throws when the writer has no right to it. */
export type WriteGuard = (thread: string) => void;

export interface SaverOptions {
  /** @default Baton's own, which brings state back exactly or refuses it */
  readonly serde?: StateCodec;
  /** Who knows what tasks were made from. @default nobody: it is not noted */
  readonly source?: ProvenanceSource | undefined;
}

/** LangGraph's checkpoints in the file of the store. */
export class SqliteSaver extends BaseCheckpointSaver {
  declare serde: StateCodec;
  readonly #connection: Connection;
  readonly #guard: WriteGuard;
  readonly #tables;
  readonly #notes: ProvenanceNotes;
  readonly #order = checkpointOrder<Ticket<void>>();

  constructor(connection: Connection, guard: WriteGuard, { serde = stateCodec(), source }: SaverOptions = {}) {
    super(serde);
    this.#connection = connection;
    this.#guard = guard;
    this.#notes = provenanceNotes(source);
    this.#tables = {
      checkpoints: checkpointTable(connection),
      values: valueTable(connection, serde),
      writes: writeTable(connection),
    };
  }

  async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const place = placeOf(config);
    if (place === undefined) return undefined;
    const stored = await this.#connection.read(() => {
      const row = this.#find(place);
      return row === undefined ? undefined : gather(row, this.#tables);
    });
    if (stored === undefined) return undefined;
    const tuple = await tupleFrom(this.serde, stored);
    this.#notes.seen(place, tuple.checkpoint, tuple.metadata);
    return tuple;
  }

  async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const listed = await this.#connection.read(() => listCheckpoints(this.#connection, config, options));
    for (const { thread, ns, id } of listed) {
      const tuple = await this.getTuple(configOf({ thread, ns }, id));
      if (tuple !== undefined) yield tuple;
    }
  }

  async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    given: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const metadata = withEditNote(config, given);
    const { id: parent, ...lineage } = requirePlace(config);
    const ahead = this.#order.ahead(lineage.thread, lineage.ns);
    this.#notes.seen(lineage, checkpoint, metadata);
    const row = this.#checkpointRow({ ...lineage, parent: parent ?? null }, checkpoint, metadata);
    const values = await this.#valueRows(lineage, checkpoint, newVersions);
    await Promise.all(ahead.map(async (writes) => await writes.queued()));
    await this.#connection.write(() => {
      for (const writes of ahead) writes.rethrow();
      this.#guard(lineage.thread);
      this.#tables.values.put(lineage, values);
      this.#tables.checkpoints.put(row);
    });
    return configOf(lineage, checkpoint.id);
  }

  async putWrites(config: RunnableConfig, given: PendingWrite[], taskId: string, taskPath = ""): Promise<void> {
    const writes = wholeResults(given);
    const { id, ...lineage } = requireCheckpoint(config);
    const place = { ...lineage, checkpoint: id, task: taskId };
    const origin = this.#notes.of({ ...place, path: taskPath }, writes);
    await this.#order.follow(place, async () => {
      const text = origin === null ? null : JSON.stringify(origin);
      const task = { checkpoint: id, task: taskId, task_path: taskPath, origin: text };
      const rows = await writeRows(this.serde, writes, task);
      return this.#connection.submit(() => {
        this.#guard(lineage.thread);
        this.#tables.writes.put(lineage, rows);
      });
    });
  }

  async deleteThread(threadId: string): Promise<void> {
    await Promise.all(this.#order.ahead(threadId).map(async (writes) => await writes.queued()));
    await this.#connection.write(() => {
      this.#guard(threadId);
      this.#tables.checkpoints.remove(threadId);
      this.#tables.values.remove(threadId);
      this.#tables.writes.remove(threadId);
    });
  }

  /** Reads a whole history in one snapshot, where the inherited walk reads one checkpoint with its full state per ancestor. */
  override async getDeltaChannelHistory({
    config,
    channels,
  }: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const place = placeOf(config);
    const rows = await this.#connection.read(() => {
      const parent = place === undefined ? null : (this.#find(place)?.parent ?? null);
      if (place === undefined || parent === null)
        return channels.map((channel) => ({ channel, seed: undefined, writes: [] }));
      return deltaRows(this.#tables, { ...place, parent }, channels);
    });
    return await deltaHistory(this.serde, rows);
  }

  override getNextVersion(current: number | undefined): number {
    return nextVersion(current);
  }

  #find(place: Lineage & { readonly id: string | undefined }): CheckpointRow | undefined {
    return place.id === undefined
      ? this.#tables.checkpoints.latest(place)
      : this.#tables.checkpoints.byId(place, place.id);
  }

  #checkpointRow(
    place: Lineage & { readonly parent: string | null },
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
  ): CheckpointRow {
    const { v, id, ts, versions_seen } = checkpoint;
    const body: CheckpointBody = { v, id, ts, versions_seen };
    return {
      ...place,
      id,
      body: JSON.stringify(body),
      versions: JSON.stringify(checkpoint.channel_versions),
      // Plain JSON, whatever the serializer of the values: listings filter by it.
      metadata: JSON.stringify(metadata),
    };
  }

  /** Only what changed: older versions are stored already, and a channel without a value has none to store. */
  async #valueRows(lineage: Lineage, checkpoint: Checkpoint, newVersions: ChannelVersions): Promise<ValueRow[]> {
    const changed = Object.entries(newVersions).filter(([channel]) =>
      Object.hasOwn(checkpoint.channel_values, channel),
    );
    return await Promise.all(
      changed.map(async ([channel, version]) => {
        const row = { channel, version: String(version) };
        const [type, value] = await this.serde.dumpsTyped(
          checkpoint.channel_values[channel],
          placeOfValue({ ...lineage, ...row }),
        );
        return { ...row, type, value };
      }),
    );
  }
}
