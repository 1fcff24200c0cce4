import { statement } from "../statement.ts";

export interface AncestorRow {
  readonly depth: number;
  readonly id: string;
  readonly seq: number;
  readonly parent: string | null;
  readonly body: string;
}

/** A checkpoint and its ancestors, nearest first; `$1` lineage, `$2` id, `$3` how many. */
export const ancestors = statement<AncestorRow>(
  "ancestors",
  (schema) => `
with recursive chain as (
  select 1 as depth, c.id, c.seq, c.parent, c.body from ${schema}.checkpoints c where c.lineage = $1 and c.id = $2
  union all
  select chain.depth + 1, c.id, c.seq, c.parent, c.body from chain
  join ${schema}.checkpoints c on c.lineage = $1 and c.id = chain.parent
  where chain.depth < $3)
select depth, id, seq, parent, body from chain order by depth`,
);
