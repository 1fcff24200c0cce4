import { statement } from "../statement.ts";

/** `$1` tenant, `$2` namespace, `$3` target. */
export const readProgress = statement<{ readonly revision: number }>(
  "read_progress",
  (schema) => `select revision from ${schema}.memory_progress where tenant = $1 and namespace = $2 and target = $3`,
);

/** `$1` tenant, `$2` namespace, `$3` target, `$4` revision. */
export const advanceProgress = statement<never>(
  "advance_progress",
  (schema) => `
insert into ${schema}.memory_progress as known (tenant, namespace, target, revision) values ($1, $2, $3, $4::bigint)
on conflict (tenant, namespace, target) do update set revision = greatest(known.revision, excluded.revision)`,
);
