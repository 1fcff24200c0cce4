import { statement, type Statement } from "../statement.ts";
import { heldThread } from "./held-thread.ts";

/**
 * Stores a checkpoint again under its id, in its place in the order; values are added behind those that are there, because other
 * checkpoints may be made of them. `$1` thread, `$2` run, `$3` epoch, `$4` owner, `$5` lineage, `$6` id, `$7` parent, `$8` metadata,
 * `$9` body, `$10` data, `$11` how many bytes were there.
 */
/** A writer outside of runs; the parameters that it does not need have to be named all the same. */
const ANYONE =
  "select true as held where $1::text is not null or $2::text is not null or $3::bigint is not null or $4::text is not null";

export function extendCheckpoint({
  fenced,
}: {
  readonly fenced: boolean;
}): Statement<{ readonly held: boolean; readonly stored: boolean }> {
  return statement(
    fenced ? "extend_checkpoint_fenced" : "extend_checkpoint",
    (schema) => `
with held as materialized (${fenced ? heldThread(schema) : ANYONE}),
stored as (
  update ${schema}.checkpoints c set parent = $7, metadata = $8, body = $9, data = c.data || $10::bytea
  from held where c.lineage = $5 and c.id = $6 and length(c.data) = $11
  returning c.seq)
select held, exists (select from stored) as stored from held`,
  );
}
