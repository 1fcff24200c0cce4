/**
 * Working memory and fences of sessions, and how often something was removed from a tenant's long-term items: indexes in memory are made
 * anew when that number has changed.
 */
export const memoryCare = `
alter table memory_sessions add column fields_version integer not null default 0;

create table memory_session_fields (
  tenant text not null,
  namespace text not null,
  name text not null,
  body text not null,
  primary key (tenant, namespace, name)
) strict, without rowid;

create table memory_session_fences (
  tenant text not null,
  namespace text not null,
  run text not null,
  epoch integer not null,
  primary key (tenant, namespace, run)
) strict, without rowid;

create table memory_removals (
  tenant text not null primary key,
  generation integer not null
) strict, without rowid;
`;
