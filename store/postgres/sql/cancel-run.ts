import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/**
 * Marks a run as to be cancelled, and settles one that waits for its turn; no row when it is past that. `$1` id, `$2` the settlement of a run that
 * waits.
 */
export const cancelRun = statement<RunRow>(
  "cancel_run",
  (schema) => `
update ${schema}.runs r set cancel_requested = true, waits = false,
  settlement = case when r.waits then $2 else r.settlement end,
  updated_at = case when r.waits then now() else r.updated_at end,
  status = case when r.waits then 'cancelled' else r.status end
where r.id = $1 and r.status not in ('completed', 'cancelled')
returning ${RUN_COLUMNS}`,
);
