/** Runs, their events, their journal, and the texts of their prompts. Times are milliseconds since the epoch; `body` columns are JSON. */
export const runTables = `
create table runs (
  id text primary key,
  tenant text not null,
  thread text not null,
  workflow text not null,
  session text not null,
  status text not null,
  epoch integer not null,
  owner text,
  lease_until integer,
  created_at integer not null,
  updated_at integer not null,
  input text not null,
  pins text not null,
  settlement text
) strict;

create unique index runs_holding_a_thread on runs (tenant, thread)
where status in ('queued', 'running', 'interrupted', 'parked', 'failed');

create index runs_by_time on runs (created_at desc);

create table events (
  run text not null,
  seq integer not null,
  at integer not null,
  body text not null,
  primary key (run, seq)
) strict, without rowid;

create table effects (
  seq integer primary key,
  run text not null,
  key text not null,
  kind text not null,
  name text not null,
  status text not null,
  value text not null
) strict;

create index effects_of_run on effects (run);

create unique index effects_done on effects (run, key) where status = 'done';

create table blobs (
  id text primary key,
  body text not null
) strict, without rowid;

create table probes (
  id text primary key,
  at integer not null
) strict, without rowid;
`;
