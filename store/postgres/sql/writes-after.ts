import { statement } from "../statement.ts";
import { nextWrites } from "./next-writes.ts";

/** A row of `task_writes`, or what a checkpoint's row (`child`) tells of the writes after the one before, of whatever tasks. */
export interface WritesAfterRow {
  readonly seq: number;
  readonly checkpoint: string;
  readonly task: string | null;
  readonly path: string | null;
  readonly body: string;
  readonly child: string | null;
  readonly data: Buffer;
}

/** What tasks wrote after checkpoints; `$1` lineage, `$2` ids. */
export const writesAfter = statement<WritesAfterRow>(
  "writes_after",
  (schema) => `
select seq, checkpoint, task, path, body, null as child, data from ${schema}.task_writes
where lineage = $1 and checkpoint = any($2::text[])
union all
select next.seq, c.id, null, null, next.writes, next.child, next.data
from ${schema}.checkpoints c, ${nextWrites(schema, "c")}
where c.lineage = $1 and c.id = any($2::text[])`,
);
