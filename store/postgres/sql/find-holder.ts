import type { RunId } from "../../../core/ids.ts";
import type { RunStatus } from "../../../runs/run.ts";
import { statement } from "../statement.ts";
import { HOLDING } from "./holding.ts";

export interface HolderRow {
  readonly id: RunId;
  readonly status: RunStatus;
}

/**
 * Which other run is before this one on a thread; a run that is not there yet comes last. Who holds the thread comes before who waits for
 * it; of those who wait, the one accepted first. `$1` tenant, `$2` thread, `$3` the run that asks.
 */
export const findHolder = statement<HolderRow>(
  "find_holder",
  (schema) => `
select o.id, o.status from ${schema}.runs o
left join ${schema}.runs asking on asking.id = $3
where o.tenant = $1 and o.thread = $2 and o.id <> $3 and o.status in (${HOLDING})
and ${isBefore("o", "asking")}
order by o.waits, o.n limit 1`,
);

/** The condition under which one run of a thread is before another, which may be missing. */
export function isBefore(other: string, asking: string): string {
  return `(not ${other}.waits or ${asking}.n is null
    or (${other}.n < ${asking}.n and (${asking}.waits or ${asking}.status not in (${HOLDING}))))`;
}
