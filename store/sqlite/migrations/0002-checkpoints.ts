/**
 * LangGraph's checkpoints. A channel's value is stored once per version and shared by all checkpoints that hold that version.
 * `seq` is the order in which checkpoints were stored; no clock takes part in it.
 */
export const checkpointTables = `
create table checkpoints (
  seq integer primary key,
  thread text not null,
  ns text not null,
  id text not null,
  parent text,
  body text not null,
  versions text not null,
  metadata text not null
) strict;

create unique index checkpoints_by_id on checkpoints (thread, ns, id);

create index checkpoints_in_order on checkpoints (thread, ns, seq);

create table checkpoint_values (
  thread text not null,
  ns text not null,
  channel text not null,
  version text not null,
  type text not null,
  value blob not null,
  primary key (thread, ns, channel, version)
) strict;

create table checkpoint_writes (
  thread text not null,
  ns text not null,
  checkpoint text not null,
  task text not null,
  idx integer not null,
  task_path text not null,
  channel text not null,
  type text not null,
  value blob not null,
  primary key (thread, ns, checkpoint, task, idx)
) strict;
`;
