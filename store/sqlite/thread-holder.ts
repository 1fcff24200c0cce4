import type { RunId, TenantId, ThreadId } from "../../core/ids.ts";
import { HOLDING_STATUSES, type RunStatus } from "../../runs/run.ts";
import { threadHeld as threadHeldBy } from "../run-refusals.ts";
import type { Connection } from "./connection.ts";

interface HolderRow {
  readonly id: RunId;
  readonly status: RunStatus;
}

interface Wanted {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly thread: ThreadId;
}

/** Makes the error for a run whose thread another run holds; returns `cause` itself when no other run holds it. */
export type ThreadHeld = (wanted: Wanted, cause: unknown) => unknown;

export function threadHeld(connection: Connection): ThreadHeld {
  const statuses = HOLDING_STATUSES.map((status) => `'${status}'`).join(", ");
  const holder = connection.statement<HolderRow>(
    `select id, status from runs where tenant = ? and thread = ? and id <> ? and status in (${statuses})`,
  );

  return function heldBy(wanted, cause) {
    const row = holder.get(wanted.tenant, wanted.thread, wanted.id);
    if (row === undefined) return cause;
    return threadHeldBy(wanted.thread, row, cause);
  };
}
