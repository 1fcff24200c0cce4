import type { VectorSpace } from "../../core/embed.ts";
import { sha256 } from "../../core/sha256.ts";
import type { VectorPlace } from "../../memory/vector-index.ts";
import type { Database } from "./database.ts";
import { countVectors, type NearestRow } from "./sql/vectors.ts";
import { type Statement, statement } from "./statement.ts";

/** Places so large that comparing all their vectors takes too long: each gets an approximate index of its own, which no other place shares. */
export interface LargePlaces {
  /** Notes what was stored, and begins to make an index where it is time. */
  grown(place: VectorPlace, space: VectorSpace, by: number): Promise<void>;
  /** The statements that search the place by its index; undefined where there is none. */
  search(place: VectorPlace, space: VectorSpace, limit: number): Promise<LargeSearch | undefined>;
  /** Settles when no index is being made any more. */
  idle(): Promise<void>;
}

export interface LargeSearch {
  readonly candidates: Statement<never>;
  readonly nearest: Statement<NearestRow>;
}

/** An HNSW index takes no longer vectors; those of longer models are compared one by one. */
const LONGEST_INDEXED = 2_000;
/** Looked at by an approximate search; fewer find fewer of the true neighbours. */
const LEAST_CANDIDATES = 100;
const MOST_CANDIDATES = 1_000;

export function largePlaces(database: Database, from: number): LargePlaces {
  const sizes = new Map<string, number>();
  const indexed = new Map<string, Promise<boolean>>();

  async function make(name: string, place: VectorPlace, { key, dimensions }: VectorSpace): Promise<boolean> {
    const client = await database.pool.connect();
    try {
      // Minutes for a large place; others go on storing meanwhile.
      await client.query("set statement_timeout = 0");
      await client.query(
        `create index concurrently if not exists ${name} on ${database.schema}.memory_vectors
         using hnsw ((embedding::vector(${dimensions})) vector_cosine_ops)
         where tenant = ${literal(place.tenant)} and namespace = ${literal(place.namespace)} and space = ${literal(key)}`,
      );
      return true;
    } catch {
      // All vectors are compared as before; the next process tries again.
      return false;
    } finally {
      // Its setting goes with the connection.
      client.release(true);
    }
  }

  return {
    async grown(place, space, by) {
      if (space.dimensions > LONGEST_INDEXED) return;
      const name = indexName(place, space);
      const known = sizes.get(name);
      const size =
        known === undefined
          ? ((await database.query(countVectors, [place.tenant, place.namespace, space.key]))[0]?.count ?? 0)
          : known + by;
      sizes.set(name, size);
      if (size >= from && !indexed.has(name)) indexed.set(name, make(name, place, space));
    },
    async search(place, space, limit) {
      const name = indexName(place, space);
      if (limit > MOST_CANDIDATES || (await indexed.get(name)) !== true) return undefined;
      return {
        candidates: statement(
          `candidates_${Math.max(LEAST_CANDIDATES, limit)}`,
          () => `select set_config('hnsw.ef_search', '${Math.max(LEAST_CANDIDATES, limit)}', true)`,
        ),
        nearest: nearestIndexed(name, place, space),
      };
    },
    async idle() {
      await Promise.all(indexed.values());
    },
  };
}

function indexName({ tenant, namespace }: VectorPlace, { key }: VectorSpace): string {
  const hash = sha256(`${tenant}:${namespace}:${key}`).slice(0, 24);
  return `memory_hnsw_${hash}`;
}

/** The condition is written out, since an index of a part of a table is used only by statements that name that part. */
function nearestIndexed(name: string, { tenant, namespace }: VectorPlace, { key, dimensions }: VectorSpace) {
  return statement<NearestRow>(
    `nearest_${name}`,
    (schema) => `
select id, (1 - (embedding::vector(${dimensions}) <=> $1::text::vector(${dimensions})))::float8 as score
from ${schema}.memory_vectors
where tenant = ${literal(tenant)} and namespace = ${literal(namespace)} and space = ${literal(key)}
order by embedding::vector(${dimensions}) <=> $1::text::vector(${dimensions}) limit $2::bigint`,
  );
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
