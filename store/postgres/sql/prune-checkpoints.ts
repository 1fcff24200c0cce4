import { statement } from "../statement.ts";

export interface PrunableRow {
  readonly id: string;
  readonly seq: number;
  readonly parent: string | null;
  readonly metadata: string;
  readonly body: string;
  readonly size: number;
}

const COLUMNS = "id, seq, parent, metadata, body, length(data) as size";

/** `$1` thread. */
export const lineagesOf = statement<{ readonly lineage: string; readonly ns: string }>(
  "lineages_of",
  (schema) => `select lineage, ns from ${schema}.lineages where thread = $1`,
);

/** `$1` lineage, `$2` how many. */
export const newestRows = statement<PrunableRow>(
  "newest_rows",
  (schema) => `select ${COLUMNS} from ${schema}.checkpoints where lineage = $1 order by seq desc limit $2`,
);

/** `$1` lineage, `$2` id. */
export const prunableRow = statement<PrunableRow>(
  "prunable_row",
  (schema) => `select ${COLUMNS} from ${schema}.checkpoints where lineage = $1 and id = $2`,
);

/** What would go; `$1` lineage, `$2` ids that stay, `$3` lists of which items stay and `$4` how many. */
export const weighCheckpoints = statement<{ readonly checkpoints: number; readonly bytes: number }>(
  "weigh_checkpoints",
  (schema) => `
select c.n as checkpoints, (c.bytes + w.bytes + s.bytes)::bigint as bytes from
  (select count(*) as n, coalesce(sum(
     octet_length(metadata) + octet_length(body) + coalesce(octet_length(writes), 0) + length(data)), 0) as bytes
   from ${schema}.checkpoints where lineage = $1 and id <> all($2::text[])) c,
  (select coalesce(sum(octet_length(body) + length(data)), 0) as bytes
   from ${schema}.task_writes where lineage = $1 and checkpoint <> all($2::text[]) and body <> '[]') w,
  (select coalesce(sum(length(data)), 0) as bytes from ${schema}.list_segments s where s.lineage = $1 and ${UNREAD}) s`,
);

const UNREAD = `not exists (
    select from unnest($3::bigint[], $4::integer[]) as kept (list, items) where kept.list = s.list and s.start < kept.items)`;

/**
 * What tasks wrote goes, what they made it from stays, unless the thread goes. `$1` lineage, `$2` ids that stay, `$3` lists of which items stay
 * and `$4` how many, `$5` whether the thread goes.
 */
export const removeCheckpoints = statement<never>(
  "remove_checkpoints",
  (schema) => `
with checkpoints_gone as (delete from ${schema}.checkpoints where lineage = $1 and id <> all($2::text[])),
writes_gone as (
  delete from ${schema}.task_writes where lineage = $1 and checkpoint <> all($2::text[]) and ($5 or origin is null)),
writes_emptied as (
  update ${schema}.task_writes set body = '[]', data = ''
  where lineage = $1 and checkpoint <> all($2::text[]) and not $5 and origin is not null and body <> '[]'),
segments_gone as (delete from ${schema}.list_segments s where s.lineage = $1 and ${UNREAD}),
lineage_gone as (delete from ${schema}.lineages where lineage = $1 and cardinality($2::text[]) = 0
  and ($5 or not exists (
    select from ${schema}.task_writes w where w.lineage = $1 and w.origin is not null)))
select`,
);

/** Stretches of rows, in their order; `$1` lineage, `$2` rows, `$3` starts (from 0), `$4` lengths. */
export const readSlices = statement<{ readonly data: Buffer }>(
  "read_slices",
  (schema) => `
select substring(c.data from 1 + given.start for given.length) as data
from unnest($2::bigint[], $3::integer[], $4::integer[]) with ordinality as given (seq, start, length, n)
join ${schema}.checkpoints c on c.lineage = $1 and c.seq = given.seq
order by given.n`,
);

/** Adds values to a row; `$1` lineage, `$2` number, `$3` body, `$4` data. */
export const addToRow = statement<never>(
  "add_to_row",
  (schema) => `update ${schema}.checkpoints set body = $3, data = data || $4::bytea where lineage = $1 and seq = $2`,
);
