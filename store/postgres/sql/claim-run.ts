import { statement } from "../statement.ts";
import { isBefore } from "./find-holder.ts";
import { HOLDING } from "./holding.ts";
import { RUN_COLUMNS, type RunRow } from "./run-columns.ts";

export interface TakenRow extends RunRow {
  /** Taken from an owner that vanished. */
  readonly was_running: boolean;
  /** The thread's last checkpoint. */
  readonly head: string | null;
}

/**
 * Takes a run for one owner: in one of the statuses asked for, in its turn on the thread, and a running run only when its lease is over by the
 * database's clock or when it is still in the hands of an owner that is known to be gone. An owner that vanished counts as a crash, one
 * more in the same step when the thread's head is where it was; not so the same owner, nor one whose lease ran out while the server was down. `$1` id, `$2` owner, `$3` lease in ms, `$4` statuses, `$5` an owner that is
 * gone and `$6` its epoch (or null), `$7` the only epoch in which to take it (or null), `$8` lineage of the thread, `$9` timeout in ms (or null).
 */
export const claimRun = statement<TakenRow>(
  "claim_run",
  (schema) => `
with free as materialized (
  select id, n, tenant, thread, status, waits, status = 'running' as was_running,
    status = 'running' and owner <> $2 and lease_until > pg_postmaster_start_time() as crashed
  from ${schema}.runs
  where id = $1 and status = any($4::text[]) and epoch = coalesce($7::bigint, epoch)
  and (status <> 'running' or lease_until <= now() or (owner = $5::text and epoch = $6::bigint))
  for update),
head as materialized (
  select max(id) as id from (
    select id from ${schema}.checkpoints where lineage = $8::uuid order by seq desc limit 1) newest)
update ${schema}.runs r
set status = 'running', epoch = r.epoch + 1, owner = $2, lease_until = now() + $3::float8 * interval '1 millisecond',
  updated_at = now(), waits = false,
  crashes = case
    when free.crashed and r.crash_head is not distinct from head.id then r.crashes + 1
    when free.crashed then 1
    when free.status = 'dead' then 0
    else r.crashes end,
  crash_head = case when free.crashed then head.id else r.crash_head end,
  deadline_at = case
    when free.status in ('running', 'queued') and r.deadline_at is not null then r.deadline_at
    else now() + $9::float8 * interval '1 millisecond' end
from free, head
where r.id = free.id
and not exists (
  select from ${schema}.runs other
  where other.tenant = free.tenant and other.thread = free.thread and other.id <> free.id and other.status in (${HOLDING})
  and ${isBefore("other", "free")})
returning ${RUN_COLUMNS}, free.was_running, head.id as head`,
);
