import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/** Newest first; `$1` tenant, `$2` status, `$3` workflow, `$4` thread (null: any), `$5` limit. */
export const listRuns = statement<RunRow>(
  "list_runs",
  (schema) => `
select ${RUN_COLUMNS} from ${schema}.runs r
where ($1::text is null or r.tenant = $1) and ($2::text is null or r.status = $2)
and ($3::text is null or r.workflow = $3) and ($4::text is null or r.thread = $4)
order by r.n desc limit $5`,
);
