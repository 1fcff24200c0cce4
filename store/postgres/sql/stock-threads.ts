import { statement } from "../statement.ts";

/** Whether the tables of the stock saver are there and may be read; `$1` their schema. */
export const stockTables = statement<{ readonly present: boolean }>(
  "stock_tables",
  () => `
select count(*) = 3 and coalesce(bool_and(has_table_privilege(c.oid, 'select')), false) as present
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p') and c.relname in ('checkpoints', 'checkpoint_blobs', 'checkpoint_writes')`,
);

export interface AdoptionRow {
  /** Undefined (null) where the thread was never adopted. */
  readonly done: boolean | null;
  /** Whether Baton has checkpoints of the thread. */
  readonly own: boolean;
}

/** How far a thread of the stock saver was taken over; `$1` thread, `$2` lineage of its own graph. */
export const adoptionOf = statement<AdoptionRow>(
  "adoption_of",
  (schema) => `
select (select done from ${schema}.adopted_threads where thread = $1) as done,
  exists (select from ${schema}.checkpoints where lineage = $2::uuid) as own`,
);

/** Notes that a thread is being taken over (`$2` false) or has been (`$2` true); `$1` thread. */
export const noteAdoption = statement<never>(
  "note_adoption",
  (schema) => `
insert into ${schema}.adopted_threads (thread, done) values ($1, $2)
on conflict (thread) do update set done = excluded.done or adopted_threads.done`,
);
