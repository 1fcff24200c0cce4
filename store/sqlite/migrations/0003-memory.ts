/** The memory layers' items. `tenant`, `namespace` and `id` are key segments (core/scope-key.ts); `body` is the item as JSON. */
export const memoryTables = `
create table memory_items (
  seq integer primary key autoincrement,
  tenant text not null,
  namespace text not null,
  id text not null,
  body text not null
) strict;

create unique index memory_items_by_id on memory_items (tenant, namespace, id);

create index memory_items_in_order on memory_items (tenant, namespace, seq);

create table memory_sessions (
  tenant text not null,
  namespace text not null,
  version integer not null,
  expires_at integer not null,
  primary key (tenant, namespace)
) strict, without rowid;

create index memory_sessions_by_expiry on memory_sessions (expires_at);

create table memory_session_items (
  seq integer primary key autoincrement,
  tenant text not null,
  namespace text not null,
  id text not null,
  tokens real not null,
  evicted integer not null default 0,
  body text not null
) strict;

create unique index memory_session_items_by_id on memory_session_items (tenant, namespace, id) where evicted = 0;

create index memory_session_items_in_order on memory_session_items (tenant, namespace, evicted, seq);

create table memory_session_ops (
  seq integer primary key autoincrement,
  tenant text not null,
  namespace text not null,
  op text not null
) strict;

create unique index memory_session_ops_by_id on memory_session_ops (tenant, namespace, op);
`;
