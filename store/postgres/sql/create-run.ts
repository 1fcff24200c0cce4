import { statement } from "../statement.ts";
import { HOLDING } from "./holding.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/**
 * Commits a run with the texts of its prompts; no row when the id is taken, or when another run has the thread and this one may not wait. A
 * unique violation says that another run took the thread at the same moment. `$1` id, `$2` tenant, `$3` thread, `$4` workflow, `$5` session,
 * `$6` input, `$7` pins, `$8` whether it may wait, `$9` blob ids, `$10` blob bodies in base64.
 */
export const createRun = statement<RunRow>(
  "create_run",
  (schema) => `
with busy as materialized (
  select exists (
    select from ${schema}.runs where tenant = $2 and thread = $3 and id <> $1 and status in (${HOLDING})) as is_held),
created as (
  insert into ${schema}.runs (id, tenant, thread, workflow, session, status, input, pins, waits)
  select $1, $2, $3, $4, $5, 'queued', $6, $7, is_held from busy where $8::boolean or not is_held
  on conflict (id) do nothing
  returning *),
texts as (
  insert into ${schema}.blobs (id, body)
  select given.id, decode(given.body, 'base64')
  from unnest($9::text[], $10::text[]) as given (id, body), created
  on conflict do nothing)
select ${RUN_COLUMNS} from created r`,
);
