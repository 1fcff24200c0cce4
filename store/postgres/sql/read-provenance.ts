import { statement } from "../statement.ts";
import { nextWrites } from "./next-writes.ts";
import type { WritesAfterRow } from "./writes-after.ts";

/** What a task made its writes from (`origin`), or the row of a checkpoint that tells it of the tasks before. */
export interface ProvenanceOfThreadRow {
  readonly seq: number;
  readonly place: number;
  readonly namespace: string;
  readonly checkpoint: string;
  readonly task: string | null;
  readonly path: string | null;
  readonly origin: string | null;
  readonly metadata: string | null;
  readonly body: string | null;
  readonly writes: string | null;
}

/** What tasks of a thread made their writes from, in the order of storing; `$1` thread. */
export const provenanceOfThread = statement<ProvenanceOfThreadRow>(
  "provenance_of_thread",
  (schema) => `
select w.seq, w.place, l.ns as namespace, w.checkpoint, w.task, w.path, w.origin, null as metadata, null as body, null as writes
from ${schema}.lineages l join ${schema}.task_writes w on w.lineage = l.lineage
where l.thread = $1 and w.origin is not null
union all
select c.seq, 0, l.ns, c.parent, null, null, null, c.metadata, c.body, c.writes
from ${schema}.lineages l join ${schema}.checkpoints c on c.lineage = l.lineage
where l.thread = $1 and c.writes is not null
order by 1, 2`,
);

/** What tasks wrote; `$1` lineage, `$2` checkpoints after which (null: all). */
export const writesOf = statement<WritesAfterRow>(
  "writes_of",
  (schema) => `
select seq, checkpoint, task, path, body, null as child, data from ${schema}.task_writes
where lineage = $1 and ($2::text[] is null or checkpoint = any($2))
union all
select next.seq, c.id, null, null, next.writes, next.child, next.data
from ${schema}.checkpoints c, ${nextWrites(schema, "c")}
where c.lineage = $1 and ($2::text[] is null or c.id = any($2))
order by 1`,
);
