import { statement, type Statement } from "../statement.ts";
import { nextWrites } from "./next-writes.ts";

/** One row of a gathered checkpoint; which columns are filled depends on `kind`. */
export interface GatheredRow {
  /**
   * `head`: the checkpoint (n1 number, t1 id, t2 parent, t3 metadata, t4 body, data). `value` and `base`: a value in an older row, or what a
   * list began as (n1 its place in the body). `segments`: some of what a list grew by
   * (n1 list, t3 a line for each piece with start, length and type, data all pieces, both in any one order). `writes`: what a task wrote
   * (n1 number, t1 task, t2 path, t3 body). `folded`: what the next checkpoint's row tells of it (n1 number, t1 that checkpoint, t3 writes).
   */
  readonly kind: "head" | "value" | "base" | "segments" | "writes" | "folded";
  readonly n1: number;
  readonly t1: string | null;
  readonly t2: string | null;
  readonly t3: string | null;
  readonly t4: string | null;
  readonly data: Buffer;
}

/** The checkpoint of a lineage that was stored last, with everything that belongs to it; `$1` lineage. */
export const readLatest: Statement<GatheredRow> = statement("read_latest", (schema) =>
  gathered(schema, "where c.lineage = $1 order by c.seq desc limit 1"),
);

/** One checkpoint with everything that belongs to it; `$1` lineage, `$2` id. */
export const readById: Statement<GatheredRow> = statement("read_by_id", (schema) =>
  gathered(schema, "where c.lineage = $1 and c.id = $2"),
);

/**
 * What a list grew by arrives so many items a row: with a row for each, a list of 700 took 10.9 ms instead of 7.6. Nothing is sorted here, which
 * took the server half of its time with a list of 3,000.
 */
const TOGETHER = 256;

// `offset 0` keeps each inner select apart, so that it is answered through its key whatever the planner thinks of the sizes.
function gathered(schema: string, which: string): string {
  return `
with head as materialized (
  select c.lineage, c.seq, c.id, c.parent, c.metadata, c.body, c.data from ${schema}.checkpoints c ${which})
select 'head' as kind, seq as n1, id as t1, parent as t2, metadata as t3, body as t4, data from head
union all
select 'value', given.n, null, null, null, null, found.data
from head, json_array_elements(head.body::json -> 'rows') with ordinality as given (place, n),
lateral (select substring(c.data from 1 + (given.place ->> 2)::integer for (given.place ->> 3)::integer) as data
  from ${schema}.checkpoints c where c.lineage = head.lineage and c.seq = (given.place ->> 1)::bigint offset 0) found
union all
select 'base', given.n, null, null, null, null, found.data
from head, json_array_elements(head.body::json -> 'lists') with ordinality as given (place, n),
lateral (select substring(c.data from 1 + (given.place ->> 3)::integer for (given.place ->> 4)::integer) as data
  from ${schema}.checkpoints c where c.lineage = head.lineage and c.seq = (given.place ->> 2)::bigint offset 0) found
union all
select 'segments', (part ->> 0)::bigint, null, null, found.heads, null, found.data
from head, json_array_elements(head.body::json -> 'lists') place, json_array_elements(place -> 1) part,
lateral (
  select string_agg(s.start || ' ' || length(s.data) || ' ' || s.type, chr(10)) as heads, string_agg(s.data, ''::bytea) as data
  from (
    select * from ${schema}.list_segments segment
    where segment.lineage = head.lineage and segment.list = (part ->> 0)::bigint and segment.start < (part ->> 1)::integer
    offset 0) s
  group by s.start / ${TOGETHER}) found
union all
select 'writes', w.seq, w.task, w.path, w.body, null, w.data
from head, lateral (select * from ${schema}.task_writes w where w.lineage = head.lineage and w.checkpoint = head.id offset 0) w
union all
select 'folded', next.seq, next.child, null, next.writes, null, next.data from head, ${nextWrites(schema, "head")}`;
}
