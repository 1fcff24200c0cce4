/**
 * The long-term memory. `tenant`, `namespace` and `id` are key segments, `body` is the item as JSON. A scope's revisions are given out under the lock of
 * its row, so that none becomes visible before a lower one: whoever follows a scope misses nothing.
 */
export const memoryTables = (schema: string): string => `
create table ${schema}.memory_scopes (
  tenant text not null,
  namespace text not null,
  revision bigint not null,
  primary key (tenant, namespace)
);

create table ${schema}.memory_items (
  tenant text not null,
  namespace text not null,
  id text not null,
  revision bigint not null,
  body text not null,
  primary key (tenant, namespace, id)
);

create unique index memory_items_in_order on ${schema}.memory_items (tenant, namespace, revision);

create table ${schema}.memory_removals (
  tenant text primary key,
  generation bigint not null
);

create table ${schema}.memory_progress (
  tenant text not null,
  namespace text not null,
  target text not null,
  revision bigint not null,
  primary key (tenant, namespace, target)
);
`;
