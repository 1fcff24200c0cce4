/**
 * Vectors of long-term items, `id` as JSON; a vector that is replaced gets a new `seq`. And up to which item the scopes are embedded, for each index
 * and model.
 */
export const memoryVectors = `
create table memory_vectors (
  seq integer primary key autoincrement,
  tenant text not null,
  namespace text not null,
  space text not null,
  id text not null,
  vector blob not null
) strict;

create unique index memory_vectors_by_id on memory_vectors (tenant, namespace, space, id);

create index memory_vectors_in_order on memory_vectors (tenant, namespace, space, seq);

create table memory_progress (
  tenant text not null,
  namespace text not null,
  target text not null,
  revision integer not null,
  primary key (tenant, namespace, target)
) strict, without rowid;
`;
