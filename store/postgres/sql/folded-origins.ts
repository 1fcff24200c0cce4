import { statement } from "../statement.ts";

/** What stays of checkpoints that go: `$1` lineage, `$2` ids of those that do not. */
export const foldedOrigins = statement<{
  readonly seq: number;
  readonly epoch: number | null;
  readonly checkpoint: string;
  readonly metadata: string;
  readonly body: string;
  readonly writes: string;
}>(
  "folded_origins",
  (schema) => `
select seq, epoch, parent as checkpoint, metadata, body, writes from ${schema}.checkpoints
where lineage = $1 and id <> all($2::text[]) and writes is not null order by seq`,
);

/** What tasks made their writes from, without the writes; `$1` lineage, and of each row a list. */
export const keepOrigins = statement<never>(
  "keep_origins",
  (schema) => `
insert into ${schema}.task_writes (lineage, seq, place, epoch, checkpoint, task, path, origin, body, data)
select $1, given.*, '[]', ''
from unnest($2::bigint[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[]) as given`,
);

/** `$1` ids of runs. */
export const pinsOfRuns = statement<{ readonly id: string; readonly pins: string }>(
  "pins_of_runs",
  (schema) => `select id, pins from ${schema}.runs where id = any($1::text[])`,
);
