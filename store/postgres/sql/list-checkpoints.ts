import { statement } from "../statement.ts";

export interface ListedRow {
  readonly lineage: string;
  readonly thread: string;
  readonly ns: string;
  readonly seq: number;
  readonly id: string;
  readonly parent: string | null;
  readonly metadata: string;
  readonly at: number;
}

/**
 * The checkpoint stored last first, without values. `$1` thread, `$2` namespace, `$3` id (null: any), `$4` only those stored before this
 * checkpoint of that (`$5`) thread, `$6` keys and `$7` values of the metadata as JSON (null: absent), `$8` limit, `$9` before this number.
 */
export const listCheckpoints = statement<ListedRow>(
  "list_checkpoints",
  (schema) => `
with border as materialized (
  select min(c.seq) as seq from ${schema}.checkpoints c join ${schema}.lineages l on l.lineage = c.lineage
  where $4::text is not null and c.id = $4 and ($5::text is null or l.thread = $5))
select c.lineage, l.thread, l.ns, c.seq, c.id, c.parent, c.metadata, floor(extract(epoch from c.at) * 1000)::bigint as at
from ${schema}.checkpoints c join ${schema}.lineages l on l.lineage = c.lineage
where ($1::text is null or l.thread = $1) and ($2::text is null or l.ns = $2) and ($3::text is null or c.id = $3)
and ($4::text is null or c.seq < (select seq from border) or ((select seq from border) is null and c.id < $4))
and ($9::bigint is null or c.seq < $9)
and not exists (
  select from unnest($6::text[], $7::text[]) as wanted (key, value)
  where (c.metadata::json -> wanted.key)::text is distinct from wanted.value)
order by c.seq desc limit $8`,
);

/** The same for one lineage, through its key; `$1` lineage, `$2` before this number (or null), `$3` limit. */
export const listLineage = statement<Omit<ListedRow, "lineage" | "thread" | "ns">>(
  "list_lineage",
  (schema) => `
select seq, id, parent, metadata, floor(extract(epoch from at) * 1000)::bigint as at
from ${schema}.checkpoints
where lineage = $1 and seq < coalesce($2::bigint, 9223372036854775807)
order by seq desc limit $3`,
);
