import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/** Marks a run as to be cancelled; no row when it is past that. `$1` id. */
export const cancelRun = statement<RunRow>(
  "cancel_run",
  (schema) => `
update ${schema}.runs r set cancel_requested = true
where r.id = $1 and r.status not in ('completed', 'cancelled')
returning ${RUN_COLUMNS}`,
);
