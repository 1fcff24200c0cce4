import type { RunId, SessionId, TenantId, ThreadId } from "../../../core/ids.ts";
import type { RunStatus } from "../../../runs/run.ts";

/** A row of `runs` as statements return it; times in milliseconds since the epoch. */
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
  readonly cancel_requested: boolean;
  readonly waits: boolean;
  readonly deadline_at: number | null;
}

/** What a statement on `runs r` returns. */
export const RUN_COLUMNS = `
  r.id, r.tenant, r.thread, r.workflow, r.session, r.status, r.epoch, r.owner, ${milliseconds("r.lease_until")} as lease_until,
  ${milliseconds("r.created_at")} as created_at, ${milliseconds("r.updated_at")} as updated_at, r.input, r.pins, r.settlement,
  r.crashes, r.cancel_requested, r.waits, ${milliseconds("r.deadline_at")} as deadline_at`;

/** A time as milliseconds since the epoch. */
export function milliseconds(column: string): string {
  return `floor(extract(epoch from ${column}) * 1000)::bigint`;
}
