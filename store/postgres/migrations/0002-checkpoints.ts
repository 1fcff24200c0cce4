/**
 * LangGraph's checkpoints. A lineage is a thread with a namespace, named by a hash of both. `seq` is the order in which checkpoints were
 * stored; no clock takes part in it. A checkpoint's row holds the values that changed with it one behind the other in `data`; its `body`
 * says where they lie, and in which older rows the unchanged ones. What a list grows by is a row of `list_segments`. One row of
 * `task_writes` is what a task handed over at once, with its provenance.
 */
export const checkpointTables = (schema: string): string => `
create table ${schema}.lineages (
  lineage uuid primary key,
  thread text not null,
  ns text not null
);

create index lineages_of_thread on ${schema}.lineages (thread);

create table ${schema}.checkpoints (
  lineage uuid not null,
  seq bigint generated always as identity,
  at timestamptz not null default now(),
  epoch bigint,
  id text not null,
  parent text,
  metadata text not null,
  body text not null,
  data bytea not null,
  primary key (lineage, seq)
);

create unique index checkpoints_by_id on ${schema}.checkpoints (lineage, id);

create table ${schema}.list_segments (
  lineage uuid not null,
  list bigint not null,
  start integer not null,
  type text not null,
  data bytea not null,
  primary key (lineage, list, start)
);

create table ${schema}.task_writes (
  lineage uuid not null,
  seq bigint generated always as identity,
  epoch bigint,
  checkpoint text not null,
  task text not null,
  path text not null,
  origin text,
  body text not null,
  data bytea not null,
  primary key (lineage, checkpoint, seq)
);
`;
