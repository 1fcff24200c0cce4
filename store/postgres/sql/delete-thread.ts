import { statement, type Statement } from "../statement.ts";
import { heldThread } from "./held-thread.ts";

/** Removes everything of a thread; a row says that the writer was allowed to. `$1` thread, and for a run `$2` run, `$3` epoch, `$4` owner. */
export function deleteThread({ fenced }: { readonly fenced: boolean }): Statement<{ readonly held: boolean }> {
  return statement(
    fenced ? "delete_thread_fenced" : "delete_thread",
    (schema) => `
with held as materialized (${fenced ? heldThread(schema) : "select true as held"}),
gone as materialized (select l.lineage from ${schema}.lineages l, held where l.thread = $1),
checkpoints_gone as (delete from ${schema}.checkpoints where lineage in (select lineage from gone)),
segments_gone as (delete from ${schema}.list_segments where lineage in (select lineage from gone)),
writes_gone as (delete from ${schema}.task_writes where lineage in (select lineage from gone)),
lineages_gone as (delete from ${schema}.lineages where lineage in (select lineage from gone))
select held from held`,
  );
}
