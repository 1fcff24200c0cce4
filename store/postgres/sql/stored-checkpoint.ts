import { statement } from "../statement.ts";

/** What is stored under an id already; `$1` lineage, `$2` id. */
export const storedCheckpoint = statement<{
  readonly seq: number;
  readonly id: string;
  readonly body: string;
  readonly size: number;
}>(
  "stored_checkpoint",
  (schema) => `select seq, id, body, length(data) as size from ${schema}.checkpoints where lineage = $1 and id = $2`,
);
