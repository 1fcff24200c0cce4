import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import { decodeProvenance } from "../../core/provenance.ts";
import type { ProvenanceRow, ProvenanceTable } from "../../runs/store.ts";
import { stateCodec, type StateCodec } from "../codec/codec.ts";
import type { Database } from "./database.ts";
import { lineageId } from "./lineage.ts";
import { readById, readLatest } from "./sql/read-checkpoint.ts";
import { provenanceOfThread, writesOf } from "./sql/read-provenance.ts";
import { loadValues, storedCheckpointOf } from "./stored-values.ts";
import { toldOrigins } from "./told-origins.ts";
import { writesFrom } from "./write-entries.ts";
import { writtenValues } from "./written-values.ts";

/** Provenance on PostgreSQL, without LangGraph. */
export function postgresProvenance(database: Database, serde: StateCodec = stateCodec()): ProvenanceTable {
  return {
    async ofThread(threadKey) {
      const rows = await database.query(provenanceOfThread, [threadKey]);
      const folded = rows.flatMap(({ metadata, body, writes, ...row }) =>
        metadata === null || body === null || writes === null ? [] : [{ ...row, metadata, body, writes }],
      );
      const told = await toldOrigins(database.query, threadKey, folded);
      const bySeq = new Map(folded.map(({ seq }, index) => [seq, told[index] ?? []]));
      return rows.flatMap(({ seq, namespace, checkpoint, task, path, origin }): ProvenanceRow[] => {
        const tasks = origin === null ? (bySeq.get(seq) ?? []) : [{ task: task ?? "", path: path ?? "", origin }];
        return tasks.map((one) => ({
          seq,
          namespace,
          checkpoint,
          task: one.task,
          path: one.path,
          provenance: decodeProvenance(one.origin),
        }));
      });
    },
    async written({ threadKey, namespace, channel }, checkpoints) {
      const lineage = { thread: threadKey, ns: namespace };
      const rows = await database.query(writesOf, [lineageId(lineage), checkpoints ?? null]);
      const writes = writesFrom(rows).flatMap(({ checkpoint: after, task, path, entries }) =>
        entries.filter((entry) => entry.channel === channel).map((entry) => ({ after, task, path, entry })),
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
