/**
 * LangGraph's checkpoints. A lineage is a thread with a namespace, named by a hash of both. `seq` is the order in which checkpoints and
 * writes were stored; no clock takes part in it. A checkpoint's row holds the values that changed with it one behind the other in `data`; its `body`
 * says where they lie, and in which older rows the unchanged ones. What a list grows by is a row of `list_segments`. What a task handed over
 * at once, with its provenance, is a row of `task_writes`, or lies in `writes` of the next checkpoint when both were stored together. When such
 * a checkpoint is pruned, the provenance becomes rows of `task_writes` with the number of that checkpoint, told apart by `place`.
 */
export const checkpointTables = (schema: string): string => `
create table ${schema}.lineages (
  lineage uuid primary key,
  thread text not null,
  ns text not null
);

create index lineages_of_thread on ${schema}.lineages (thread);

create sequence ${schema}.stored;

create table ${schema}.checkpoints (
  lineage uuid not null,
  seq bigint not null default nextval('${schema}.stored'),
  at timestamptz not null default now(),
  epoch bigint,
  id text not null,
  parent text,
  metadata text not null,
  body text not null,
  writes text,
  data bytea not null,
  primary key (lineage, seq)
);

-- The id first: ids of LangGraph ascend with time, so that new entries come at the end and pages fill up before they are split.
create unique index checkpoints_by_id on ${schema}.checkpoints (id, lineage);

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
  seq bigint not null default nextval('${schema}.stored'),
  place smallint not null default 0,
  epoch bigint,
  checkpoint text not null,
  task text not null,
  path text not null,
  origin text,
  body text not null,
  data bytea not null,
  primary key (lineage, checkpoint, seq, place)
);
`;
