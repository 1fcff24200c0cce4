import { statement } from "../statement.ts";

/** Vectors of any length in one table: each place and model holds vectors of one length. */
export const vectorTable = (schema: string): string => `
create table if not exists ${schema}.memory_vectors (
  tenant text not null,
  namespace text not null,
  space text not null,
  id text not null,
  embedding vector not null,
  primary key (tenant, namespace, space, id)
);
`;

/** `$1` tenant, `$2` namespace, `$3` space, `$4` ids as JSON, `$5` vectors as text. */
export const upsertVectors = statement<never>(
  "upsert_vectors",
  (schema) => `
insert into ${schema}.memory_vectors (tenant, namespace, space, id, embedding)
select $1, $2, $3, given.id, given.embedding::vector from unnest($4::text[], $5::text[]) as given (id, embedding)
on conflict (tenant, namespace, space, id) do update set embedding = excluded.embedding`,
);

export interface NearestRow {
  readonly id: string;
  readonly score: number;
}

/**
 * All vectors of a place are compared: a filter in front of an approximate index was measured to lose three of four neighbours. `$1` tenant, `$2`
 * namespace, `$3` space, `$4` vector as text, `$5` limit.
 */
export const nearestVectors = statement<NearestRow>(
  "nearest_vectors",
  (schema) => `
select id, (1 - (embedding <=> $4::text::vector))::float8 as score from ${schema}.memory_vectors
where tenant = $1 and namespace = $2 and space = $3
order by embedding <=> $4::text::vector, id limit $5::bigint`,
);

/** `$1` tenant, `$2` namespace, `$3` ids as JSON. */
export const removeVectors = statement<never>(
  "remove_vectors",
  (schema) => `delete from ${schema}.memory_vectors where tenant = $1 and namespace = $2 and id = any ($3::text[])`,
);

/** `$1` tenant, `$2` namespace, `$3` space. */
export const countVectors = statement<{ readonly count: number }>(
  "count_vectors",
  (schema) =>
    `select count(*) as count from ${schema}.memory_vectors where tenant = $1 and namespace = $2 and space = $3`,
);
