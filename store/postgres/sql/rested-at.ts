import { statement } from "../statement.ts";
import { milliseconds } from "./run-columns.ts";

/** When a run in one of the statuses `$1` came to rest, `$2` of them later. */
export const restedAt = statement<{ readonly at: number }>(
  "rested_at",
  (schema) => `
select ${milliseconds("r.updated_at")} as at from ${schema}.runs r
where r.status = any($1::text[]) order by r.updated_at desc offset $2 limit 1`,
);
