import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import { decodeProvenance } from "../../core/provenance.ts";
import type { ProvenanceRow, ProvenanceTable, StateAt } from "../../runs/store.ts";
import { stateCodec, type StateCodec } from "../codec/codec.ts";
import { placeOfWrite } from "../codec/place.ts";
import { loadValue, valueTable } from "./checkpoint-values.ts";
import { checkpointTable, versionsOf } from "./checkpoints.ts";
import type { Connection } from "./connection.ts";

type StoredRow = Omit<ProvenanceRow, "provenance"> & { readonly origin: string };

interface ValueRow {
  readonly checkpoint: string;
  readonly task: string;
  readonly idx: number;
  readonly channel: string;
  readonly type: string;
  readonly value: Uint8Array;
}

/** Provenance in the file of the store, without LangGraph. */
export function sqliteProvenance(connection: Connection, serde: StateCodec = stateCodec()): ProvenanceTable {
  const values = valueTable(connection, serde);
  const checkpoints = checkpointTable(connection);
  const ofThread = connection.statement<StoredRow>(`
    select rowid as seq, ns as namespace, checkpoint, task, task_path as path, origin from checkpoint_writes
    where thread = ? and origin is not null order by rowid`);
  const all = connection.statement<ValueRow>(`
    select checkpoint, task, idx, channel, type, value from checkpoint_writes
    where thread = ? and ns = ? and channel = ? and type <> '' order by rowid`);
  const after = connection.statement<ValueRow>(`
    select checkpoint, task, idx, channel, type, value from checkpoint_writes
    where thread = ? and ns = ? and channel = ? and type <> '' and checkpoint in (select value from json_each(?)) order by rowid`);

  return {
    async ofThread(threadKey) {
      const rows = await connection.read(() => ofThread.all(threadKey));
      return rows.map(({ origin, ...row }) => ({ ...row, provenance: decodeProvenance(origin) }));
    },
    async written({ threadKey, namespace, channel }, wanted) {
      const rows = await connection.read(() =>
        wanted === undefined
          ? all.all(threadKey, namespace, channel)
          : after.all(threadKey, namespace, channel, JSON.stringify(wanted)),
      );
      return await Promise.all(
        rows.map(async ({ checkpoint, task, type, value, ...row }) => {
          const place = placeOfWrite({ checkpoint, task, ...row });
          return { checkpoint, task, value: await serde.loadsTyped(type, value, place) };
        }),
      );
    },
    async state(threadKey, checkpoint) {
      const lineage = { thread: threadKey, ns: "" };
      const found = await connection.read(() => {
        const row = checkpoint === undefined ? checkpoints.latest(lineage) : checkpoints.byId(lineage, checkpoint);
        return row === undefined ? undefined : { row, stored: values.of(lineage, versionsOf(row)) };
      });
      if (found === undefined) return undefined;
      const entries = await Promise.all(
        found.stored.map(async (value) => [value.channel, await loadValue(serde, lineage, value)] as const),
      );
      // Stored from this type by `put`.
      const metadata = JSON.parse(found.row.metadata) as CheckpointMetadata;
      return { checkpoint: found.row.id, step: metadata.step, values: new Map(entries) } satisfies StateAt;
    },
  };
}
