import { BatonError } from "../../core/errors.ts";
import { checkVectors, type VectorIndex } from "../../memory/vector-index.ts";
import type { Database } from "./database.ts";
import { databaseError } from "./database-errors.ts";
import { largePlaces } from "./large-places.ts";
import { nearestVectors, removeVectors, upsertVectors, vectorTable } from "./sql/vectors.ts";

export interface PgvectorOptions {
  /** From so many vectors on a namespace gets an approximate index; smaller ones are compared whole. @default 50000 */
  readonly indexFrom?: number;
}

/** Vectors in PostgreSQL by the extension pgvector, which is made here when it is missing. Throws `config-invalid` on a server without it. */
export async function pgvector(database: Database, { indexFrom = 50_000 }: PgvectorOptions = {}): Promise<VectorIndex> {
  await prepare(database);
  const large = largePlaces(database, indexFrom);
  return {
    description: `pgvector ${database.shown}`,
    async upsert(place, space, entries) {
      checkVectors(space, entries);
      // One row for each id, the last one: a statement may change a row only once.
      const vectors = new Map(entries.map(({ id, vector }) => [JSON.stringify(id), `[${vector.join(",")}]`]));
      const { tenant, namespace } = place;
      await database.query(upsertVectors, [tenant, namespace, space.key, [...vectors.keys()], [...vectors.values()]]);
      await large.grown(place, space, vectors.size);
    },
    async query(place, { space, vector, limit, signal }) {
      signal?.throwIfAborted();
      const { tenant, namespace } = place;
      const asked = `[${vector.join(",")}]`;
      const search = await large.search(place, space, limit);
      const rows =
        search === undefined
          ? await database.query(nearestVectors, [tenant, namespace, space.key, asked, limit])
          : await database.transaction(async (run) => {
              await run(search.candidates, []);
              return await run(search.nearest, [asked, limit]);
            });
      // The id was written as JSON by `upsert`. A zero vector has no angle to any other.
      return {
        hits: rows.map(({ id, score }) => ({ id: JSON.parse(id) as string, score: Number.isNaN(score) ? 0 : score })),
      };
    },
    async remove({ tenant, namespace }, ids) {
      await database.query(removeVectors, [tenant, namespace, ids.map((id) => JSON.stringify(id))]);
    },
    check: () => Promise.resolve(),
    close: async () => await large.idle(),
  };
}

async function prepare(database: Database): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    // Of many processes that start at once one makes what is missing.
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`baton vectors ${database.schema}`]);
    await client.query("create extension if not exists vector");
    await client.query(vectorTable(database.schema));
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {
      // The connection is gone, and the transaction with it: the error below says why.
    });
    throw isMissingExtension(error) ? withoutPgvector(database.shown, error) : databaseError(error, database.shown);
  } finally {
    client.release();
  }
}

/** 0A000 and 58P01: the server has no files of it; 42501: this user may not add it. */
function isMissingExtension(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["0A000", "58P01", "42501"].includes(String(error.code));
}

function withoutPgvector(shown: string, cause: unknown): BatonError {
  return new BatonError("config-invalid", `\`${shown}\` has no extension \`vector\`, which \`embed\` needs there.`, {
    hint: "Install pgvector on the server (`create extension vector` as its owner), keep vectors elsewhere (`vector: sqlite()` or `vector: pinecone()`), or leave `embed` out.",
    cause,
  });
}
