import type { RunId, TenantId, ThreadId } from "../../../core/ids.ts";
import { statement } from "../statement.ts";
import { HOLDING } from "./holding.ts";
import { milliseconds } from "./run-columns.ts";

/** Threads with a run that came to rest; `$1` before when (ms), `$2` statuses. */
export const restingThreads = statement<{ readonly tenant: TenantId; readonly thread: ThreadId }>(
  "resting_threads",
  (schema) => `
select distinct tenant, thread from ${schema}.runs
where ${milliseconds("updated_at")} < $1 and status = any($2::text[]) order by tenant, thread`,
);

/** All runs of a thread, locked, and whether each came to rest; `$1` tenant, `$2` thread, `$3` before when (ms), `$4` statuses. */
export const lockThread = statement<{ readonly id: RunId; readonly settled: boolean }>(
  "lock_thread",
  (schema) => `
select id, ${milliseconds("updated_at")} < $3 and status = any($4::text[]) as settled
from ${schema}.runs where tenant = $1 and thread = $2 for update`,
);

/** A row when a fork has yet to copy its first checkpoint from a thread; `$1` the thread as LangGraph knows it. */
export const unseededFork = statement<{ readonly id: string }>(
  "unseeded_fork",
  (schema) => `
select f.id from ${schema}.runs f
where f.pins like '%"threadKey"%' and f.pins::json -> 'fork' ->> 'threadKey' = $1 and f.status in (${HOLDING}, 'dead')
and not exists (
  select from ${schema}.lineages l join ${schema}.checkpoints c on c.lineage = l.lineage
  where l.thread = case when f.tenant = 'default' then f.thread else '~' || f.tenant || '~' || f.thread end)
limit 1`,
);

const IS_NOTE = `e.body like '{"type":"history_pruned"%'`;

/** What a run noted and journaled; `$1` run. */
export const weighHistory = statement<{
  readonly events: number;
  readonly event_bytes: number;
  readonly last: number | null;
  readonly effects: number;
  readonly effect_bytes: number;
}>(
  "weigh_history",
  (schema) => `
select noted.*, journaled.* from
  (select count(*) as events, coalesce(sum(octet_length(e.body)), 0)::bigint as event_bytes, max(e.seq) as last
   from ${schema}.events e where e.run = $1 and not ${IS_NOTE}) noted,
  (select count(*) as effects, coalesce(sum(octet_length(f.body)), 0)::bigint as effect_bytes
   from ${schema}.effects f where f.run = $1) journaled`,
);

/** Removes what a run noted and journaled; earlier notes of a pruning stay if asked for. `$1` run, `$2` whether notes stay. */
export const removeHistory = statement<never>(
  "remove_history",
  (schema) => `
with events_gone as (delete from ${schema}.events e where e.run = $1 and (not $2::boolean or not ${IS_NOTE})),
effects_gone as (delete from ${schema}.effects where run = $1)
select`,
);

/**
 * Says what went, under the number of the last event that did, so that whoever reads on from there sees it. `$1` run, `$2` number, `$3` body,
 * `$4` mark.
 */
export const insertNote = statement<never>(
  "insert_note",
  (schema) => `insert into ${schema}.events (run, seq, body, mark) values ($1, $2, $3, $4)`,
);

/** The run and its budget; what it used of another one's stays there. `$1` run. */
export const removeRun = statement<never>(
  "remove_run",
  (schema) => `
with entries_gone as (delete from ${schema}.budget_entries where budget = $1),
budget_gone as (delete from ${schema}.budgets where id = $1)
delete from ${schema}.runs where id = $1`,
);

/** No new text may come while it is decided which ones nobody needs. */
export const lockBlobs = statement<never>("lock_blobs", (schema) => `lock table ${schema}.blobs in exclusive mode`);

/** Removes the texts that no run pins. */
export const removeBlobs = statement<{ readonly id: string }>(
  "remove_blobs",
  (schema) => `
delete from ${schema}.blobs where id not in (
  select file ->> 'blob' from ${schema}.runs, json_array_elements(pins::json -> 'prompts') prompt, json_array_elements(prompt -> 'files') file
  union all select pins::json ->> 'fingerprint' from ${schema}.runs)
returning id`,
);
