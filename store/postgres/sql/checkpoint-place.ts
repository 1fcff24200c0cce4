import { statement } from "../statement.ts";

/** Where the values of a checkpoint are; `$1` lineage, `$2` id. */
export const checkpointPlace = statement<{ readonly seq: number; readonly body: string }>(
  "checkpoint_place",
  (schema) => `select seq, body from ${schema}.checkpoints where lineage = $1 and id = $2`,
);
