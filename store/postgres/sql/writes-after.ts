import { statement } from "../statement.ts";
import type { TaskWritesRow } from "../write-entries.ts";

/** What tasks wrote after checkpoints; `$1` lineage, `$2` ids. */
export const writesAfter = statement<TaskWritesRow & { readonly data: Buffer }>(
  "writes_after",
  (schema) => `
select seq, checkpoint, task, path, body, data from ${schema}.task_writes
where lineage = $1 and checkpoint = any($2::text[]) order by seq`,
);
