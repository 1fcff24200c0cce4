import { statement } from "../statement.ts";

/**
 * Stores items that are new by their id. `$1` tenant, `$2` namespace, `$3` ids, `$4` bodies, `$5` their number, `$6` run or null, `$7` its epoch. Returns
 * whether that is the run's latest owner; for another one nothing is stored, and a run that lies elsewhere cannot be asked about.
 */
export const insertItems = statement<{ readonly current: boolean }>(
  "insert_items",
  (schema) => `
with owner as (
  select not exists (select from ${schema}.runs where id = $6::text and epoch > $7::bigint) as current
), scope as (
  insert into ${schema}.memory_scopes as known (tenant, namespace, revision)
  select $1::text, $2::text, $5::bigint from owner where current
  on conflict (tenant, namespace) do update set revision = known.revision + excluded.revision
  returning revision
), added as (
  insert into ${schema}.memory_items (tenant, namespace, revision, id, body)
  select $1::text, $2::text, scope.revision - $5::bigint + given.place, given.id, given.body
  from scope, unnest($3::text[], $4::text[]) with ordinality as given (id, body, place)
  on conflict (tenant, namespace, id) do nothing
)
select current from owner`,
);
