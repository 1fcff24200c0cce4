import { statement } from "../statement.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

/** No row when the fence does not hold. `$1` id, `$2` epoch, `$3` owner, `$4` status, `$5` settlement, `$6` in how many ms it is due (or null). */
export const settleRun = statement<RunRow>(
  "settle_run",
  (schema) => `
update ${schema}.runs r set status = $4, settlement = $5, updated_at = now(), owner = null, lease_until = null,
  due_at = now() + $6::float8 * interval '1 millisecond'
where r.id = $1 and r.epoch = $2 and r.owner = $3
returning ${RUN_COLUMNS}`,
);
