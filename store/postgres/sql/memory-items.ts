import type { KeySegment } from "../../../core/scope-key.ts";
import { statement } from "../statement.ts";

export interface TenantItemRow {
  readonly namespace: KeySegment;
  readonly id: string;
  readonly body: string;
}

/** `$1` tenant, `$2` namespace or null for all. */
export const itemsOfTenant = statement<TenantItemRow>(
  "items_of_tenant",
  (schema) => `
select namespace, id, body from ${schema}.memory_items
where tenant = $1 and ($2::text is null or namespace = $2) order by namespace, revision`,
);

/** `$1` tenant, `$2` namespaces, `$3` ids, in pairs. */
export const removeItems = statement<{ readonly id: string }>(
  "remove_items",
  (schema) => `
delete from ${schema}.memory_items item using unnest($2::text[], $3::text[]) as gone (namespace, id)
where item.tenant = $1 and item.namespace = gone.namespace and item.id = gone.id returning item.id`,
);

/** `$1` tenant: whoever has read its items reads them again. */
export const noteRemoval = statement<never>(
  "note_removal",
  (schema) => `
insert into ${schema}.memory_removals as known (tenant, generation) values ($1, 1)
on conflict (tenant) do update set generation = known.generation + 1`,
);

/** `$1` tenant. */
export const namespacesOfTenant = statement<{ readonly namespace: string }>(
  "namespaces_of_tenant",
  (schema) => `select distinct namespace from ${schema}.memory_items where tenant = $1 order by namespace`,
);
