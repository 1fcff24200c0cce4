import { statement } from "../statement.ts";
import { milliseconds } from "./run-columns.ts";

export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly body: string;
}

/** Oldest first; `$1` run, `$2` the number after which to begin. */
export const readEvents = statement<EventRow>(
  "read_events",
  (schema) => `
select seq, ${milliseconds("at")} as at, body from ${schema}.events where run = $1 and seq > $2 order by seq`,
);

/** Newest first; `$1` run, `$2` how many. */
export const latestEvents = statement<EventRow>(
  "latest_events",
  (schema) => `
select seq, ${milliseconds("at")} as at, body from ${schema}.events where run = $1 order by seq desc limit $2`,
);
