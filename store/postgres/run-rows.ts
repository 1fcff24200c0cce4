import type { Run, RunFacts, Settlement } from "../../runs/run.ts";
import type { RunRow } from "./sql/run-columns.ts";

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
    cancelRequested: row.cancel_requested,
    waits: row.waits,
    ...(row.deadline_at === null ? {} : { deadlineAt: row.deadline_at }),
  };
  if (row.status === "running")
    return { ...facts, status: "running", owner: row.owner ?? "", leaseUntil: row.lease_until ?? 0 };
  if (row.settlement === null) return { ...facts, status: "queued" };
  return { ...facts, ...(JSON.parse(row.settlement) as Settlement) };
}
