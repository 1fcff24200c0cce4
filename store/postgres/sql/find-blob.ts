import { statement } from "../statement.ts";

/** `$1` id. */
export const findBlob = statement<{ readonly body: Buffer }>(
  "find_blob",
  (schema) => `select body from ${schema}.blobs where id = $1`,
);
