import { statement } from "../statement.ts";
import type { TaskWritesRow } from "../write-entries.ts";

/** What tasks of a thread made their writes from, in the order of storing; `$1` thread. */
export const provenanceOfThread = statement<{
  readonly seq: number;
  readonly namespace: string;
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  readonly origin: string;
}>(
  "provenance_of_thread",
  (schema) => `
select w.seq, l.ns as namespace, w.checkpoint, w.task, w.path, w.origin
from ${schema}.lineages l join ${schema}.task_writes w on w.lineage = l.lineage
where l.thread = $1 and w.origin is not null order by w.seq`,
);

/** What tasks wrote; `$1` lineage, `$2` checkpoints after which (null: all). */
export const writesOf = statement<TaskWritesRow & { readonly data: Buffer }>(
  "writes_of",
  (schema) => `
select seq, checkpoint, task, path, body, data from ${schema}.task_writes
where lineage = $1 and ($2::text[] is null or checkpoint = any($2)) order by seq`,
);
