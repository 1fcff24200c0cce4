import type { RunId, SessionId, TenantId, ThreadId } from "../../core/ids.ts";
import type { Run, RunFacts, RunStatus, Settlement } from "../../runs/run.ts";

/** A row of `runs` as SQLite returns it. */
export interface RunRow {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly thread: ThreadId;
  readonly workflow: string;
  readonly session: SessionId;
  readonly status: RunStatus;
  readonly epoch: number;
  readonly owner: string | null;
  readonly lease_until: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly input: string;
  readonly pins: string;
  readonly settlement: string | null;
  readonly crashes: number;
  readonly cancel_requested: number;
  readonly waits: number;
  readonly deadline_at: number | null;
}

export const RUN_COLUMNS =
  "id, tenant, thread, workflow, session, status, epoch, owner, lease_until, created_at, updated_at, input, pins, settlement, crashes, cancel_requested, waits, deadline_at";

/** Reads a run out of its row. The JSON in it was written by this folder from the same types. */
export function runFromRow(row: RunRow): Run {
  const facts: RunFacts = {
    id: row.id,
    tenant: row.tenant,
    workflow: row.workflow,
    thread: row.thread,
    session: row.session,
    input: JSON.parse(row.input) as RunFacts["input"],
    pins: JSON.parse(row.pins) as RunFacts["pins"],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    epoch: row.epoch,
    crashes: row.crashes,
    cancelRequested: row.cancel_requested === 1,
    waits: row.waits === 1,
    ...(row.deadline_at === null ? {} : { deadlineAt: row.deadline_at }),
  };
  if (row.status === "running")
    return { ...facts, status: "running", owner: row.owner ?? "", leaseUntil: row.lease_until ?? 0 };
  if (row.settlement === null) return { ...facts, status: "queued" };
  return { ...facts, ...(JSON.parse(row.settlement) as Settlement) };
}
