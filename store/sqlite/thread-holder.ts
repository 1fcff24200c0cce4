import type { RunId, TenantId, ThreadId } from "../../core/ids.ts";
import { HOLDING_STATUSES, type RunStatus } from "../../runs/run.ts";
import type { Connection } from "./connection.ts";

export interface ThreadHolder {
  readonly id: RunId;
  readonly status: RunStatus;
}

interface Wanted {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly thread: ThreadId;
}

/** Looks, inside a transaction, which other run is before this one on their thread. A run that is not there yet comes last. */
export type FindHolder = (wanted: Wanted) => ThreadHolder | undefined;

export function threadHolder(connection: Connection): FindHolder {
  const statuses = HOLDING_STATUSES.map((status) => `'${status}'`).join(", ");
  // Who holds the thread comes before who waits for it; of those who wait, the one accepted first.
  const holder = connection.statement<ThreadHolder>(`
    select id, status from runs where tenant = ? and thread = ? and id <> ? and status in (${statuses})
    and (waits = 0 or rowid < ifnull((select rowid from runs where id = ?), 9223372036854775807))
    order by waits, rowid limit 1`);

  return ({ tenant, thread, id }) => holder.get(tenant, thread, id, id);
}
