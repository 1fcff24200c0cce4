import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/**
 * Newest first; `$1` tenant, `$2` status, `$3` workflow, `$4` thread (null: any), `$5` limit, `$6` the run before which (or null), `$7` only those
 * that are due, where a queued one has to be older than `$8` ms.
 */
export const listRuns = statement<RunRow>(
  "list_runs",
  (schema) => `
select ${RUN_COLUMNS} from ${schema}.runs r
where ($1::text is null or r.tenant = $1) and ($2::text is null or r.status = $2)
and ($3::text is null or r.workflow = $3) and ($4::text is null or r.thread = $4)
and ($6::text is null or r.n < (select n from ${schema}.runs where id = $6))
and (not $7::boolean or case r.status
  when 'parked' then r.due_at <= now()
  when 'interrupted' then r.due_at <= now()
  when 'running' then r.lease_until <= now()
  when 'queued' then r.updated_at <= now() - $8::float8 * interval '1 millisecond'
  else false end)
order by r.n desc limit $5`,
);
