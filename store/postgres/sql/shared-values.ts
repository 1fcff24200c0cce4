import { statement } from "../statement.ts";

/** The rows of checkpoints that keep what tasks wrote; `$1` lineage, `$2` ids. */
export const sharedRows = statement<{
  readonly id: string;
  readonly seq: number;
  readonly body: string;
  readonly data: Buffer;
}>(
  "shared_rows",
  (schema) => `select id, seq, body, data from ${schema}.checkpoints where lineage = $1 and id = any($2::text[])`,
);

/** What lists grew by; `$1` lineage, `$2` lists, `$3` starts. */
export const sharedSegments = statement<{
  readonly list: number;
  readonly start: number;
  readonly type: string;
  readonly data: Buffer;
}>(
  "shared_segments",
  (schema) => `
select s.list, s.start, s.type, s.data from unnest($2::bigint[], $3::integer[]) as given (list, start)
join ${schema}.list_segments s on s.lineage = $1 and s.list = given.list and s.start = given.start`,
);
