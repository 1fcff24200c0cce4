import { statement } from "../statement.ts";

/** Which of these commits left rows behind; `$1` runs, `$2` marks, `$3` lineages, `$4` checkpoint ids, `$5` checkpoint bodies. */
export const storedMarks = statement<{ readonly job: number; readonly seq: number | null }>(
  "stored_marks",
  (schema) => `
select given.n::integer as job, c.seq
from unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::text[]) with ordinality as given (run, mark, lineage, id, body, n)
left join ${schema}.checkpoints c on c.lineage = given.lineage and c.id = given.id and c.body = given.body
where c.seq is not null
or exists (select from ${schema}.events e where e.run = given.run and e.mark = given.mark)
or exists (select from ${schema}.effects f where f.run = given.run and f.mark = given.mark)`,
);
