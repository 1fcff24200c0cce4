/**
 * The row stored next in a lineage, when it is made of the checkpoint `c` and holds what tasks wrote after that: `seq`, `child` (its
 * checkpoint), `writes`, and `data`, the bytes that only tasks wrote. Whoever stores writes in a row of a checkpoint sees to it that this
 * row is the next one.
 */
export function nextWrites(schema: string, c: string): string {
  return `
lateral (
  select n.seq, n.id as child, n.writes, coalesce(
    substring(n.data from 1 + (n.writes::json ->> 1)::integer for (n.writes::json ->> 2)::integer), ''::bytea) as data
  from (
    select * from ${schema}.checkpoints later where later.lineage = ${c}.lineage and later.seq > ${c}.seq
    order by later.seq limit 1) n
  where n.parent = ${c}.id and n.writes is not null offset 0) next`;
}
