import { statement } from "../statement.ts";

export interface ItemsSinceRow {
  readonly removals: number;
  /** Null in the only row of a scope that has nothing new. */
  readonly revision: number | null;
  readonly body: string | null;
}

/** `$1` tenant, `$2` namespace, `$3` revision, `$4` limit: the items after it with how often something of the tenant was removed. */
export const itemsSince = statement<ItemsSinceRow>(
  "items_since",
  (schema) => `
select coalesce(gone.generation, 0)::bigint as removals, item.revision, item.body
from (select) as one
left join ${schema}.memory_removals gone on gone.tenant = $1
left join lateral (
  select revision, body from ${schema}.memory_items
  where tenant = $1 and namespace = $2 and revision > $3::bigint
  order by revision limit $4::bigint
) item on true
order by item.revision`,
);
