/**
 * Runs, their events, their journal, and the texts of their prompts. JSON lies in text columns: a binary JSON column cannot hold the
 * character NUL. Times are the server's.
 */
export const runTables = (schema: string): string => `
create table ${schema}.runs (
  id text primary key,
  n bigint generated always as identity,
  tenant text not null,
  thread text not null,
  workflow text not null,
  session text not null,
  status text not null,
  epoch bigint not null default 0,
  owner text,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  input text not null,
  pins text not null,
  settlement text,
  crashes integer not null default 0,
  crash_head text,
  cancel_requested boolean not null default false,
  waits boolean not null default false,
  deadline_at timestamptz
);

create unique index runs_holding_a_thread on ${schema}.runs (tenant, thread)
where status in ('queued', 'running', 'interrupted', 'parked', 'failed') and not waits;

create index runs_of_thread on ${schema}.runs (tenant, thread);

create index runs_by_age on ${schema}.runs (n desc);

create table ${schema}.events (
  run text not null,
  seq bigint not null,
  at timestamptz not null default now(),
  mark bigint not null,
  body text not null,
  primary key (run, seq)
);

create table ${schema}.effects (
  run text not null,
  seq bigint generated always as identity,
  mark bigint not null,
  key text not null,
  status text not null,
  body text not null,
  primary key (run, seq)
);

create index effects_of_key on ${schema}.effects (run, key);

create unique index effects_done on ${schema}.effects (run, key) where status = 'done';

create table ${schema}.blobs (
  id text primary key,
  body bytea not null
);

create table ${schema}.probes (
  id text primary key,
  at timestamptz not null default now()
);
`;
