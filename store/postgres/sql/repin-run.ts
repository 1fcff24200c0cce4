import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/** No row when the fence does not hold. `$1` id, `$2` epoch, `$3` owner, `$4` pins, `$5` blob ids, `$6` blob bodies in base64. */
export const repinRun = statement<RunRow>(
  "repin_run",
  (schema) => `
with pinned as (
  update ${schema}.runs set pins = $4, updated_at = now()
  where id = $1 and epoch = $2 and owner = $3
  returning *),
texts as (
  insert into ${schema}.blobs (id, body)
  select given.id, decode(given.body, 'base64')
  from unnest($5::text[], $6::text[]) as given (id, body), pinned
  on conflict do nothing)
select ${RUN_COLUMNS} from pinned r`,
);
