import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import { decodeProvenance } from "../../core/provenance.ts";
import type { ProvenanceTable } from "../../runs/store.ts";
import { stateCodec } from "../codec/codec.ts";
import type { Database } from "./database.ts";
import { lineageId } from "./lineage.ts";
import { readById, readLatest } from "./sql/read-checkpoint.ts";
import { provenanceOfThread, writesOf } from "./sql/read-provenance.ts";
import { loadValues, storedCheckpointOf } from "./stored-values.ts";
import { entriesOf } from "./write-entries.ts";
import { writtenValues } from "./written-values.ts";

/** Provenance on PostgreSQL, without LangGraph. */
export function postgresProvenance(database: Database): ProvenanceTable {
  const serde = stateCodec();

  return {
    async ofThread(threadKey) {
      const rows = await database.query(provenanceOfThread, [threadKey]);
      return rows.map(({ origin, ...row }) => ({ ...row, provenance: decodeProvenance(origin) }));
    },
    async written({ threadKey, namespace, channel }, checkpoints) {
      const lineage = { thread: threadKey, ns: namespace };
      const rows = await database.query(writesOf, [lineageId(lineage), checkpoints ?? null]);
      const writes = rows.flatMap((row) =>
        entriesOf(row)
          .filter((entry) => entry.channel === channel)
          .map((entry) => ({ after: row.checkpoint, task: row.task, path: row.path, entry })),
      );
      const found = await writtenValues({ database, serde }, lineage, writes);
      return found.map(({ checkpoint, task, value }) => ({ checkpoint, task, value }));
    },
    async state(threadKey, checkpoint) {
      const lineage = { thread: threadKey, ns: "" };
      const rows =
        checkpoint === undefined
          ? await database.query(readLatest, [lineageId(lineage)])
          : await database.query(readById, [lineageId(lineage), checkpoint]);
      const stored = storedCheckpointOf(lineage, rows);
      if (stored === undefined) return undefined;
      // Stored from this type by `put`.
      const metadata = JSON.parse(stored.metadata) as CheckpointMetadata;
      return { checkpoint: stored.id, step: metadata.step, values: await loadValues(serde, stored) };
    },
  };
}
