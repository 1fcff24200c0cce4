import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import type { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";

import { spaceOf, unitVector } from "../../../core/embed.ts";
import { DEFAULT_TENANT } from "../../../core/ids.ts";
import { meaning } from "../../../memory/meaning.ts";
import { vectorLayer } from "../../../memory/vector.ts";
import { placeOf } from "../../../memory/vector-index.ts";
import { type Database, openDatabase } from "../../../store/postgres/database.ts";
import { postgresItems } from "../../../store/postgres/items.ts";
import { pgvector } from "../../../store/postgres/pgvector.ts";
import { hashEmbed } from "../../../testing/hash-embed.ts";
import { memoryItem, memorySuite } from "../../../testing/memory-suite.ts";
import { vectorIndexSuite } from "../../../testing/vector-index-suite.ts";
import { pglitePool } from "../../support/pglite-pool.ts";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.ts";

let real: TestDatabase;
let server: Database;
let lite: PGlite;
let pool: Pool;
let embedded: Database;
beforeAll(async () => {
  real = await createTestDatabase();
  server = await openDatabase({ url: real.url, connections: 4 });
  lite = await PGlite.create({ extensions: { vector } });
  pool = pglitePool(lite);
  embedded = await openDatabase({ pool });
  await (await pgvector(embedded)).close();
}, 120_000);
afterAll(async () => {
  await server.close();
  await real.drop();
  await lite.close();
});

const TABLES = ["memory_items", "memory_scopes", "memory_removals", "memory_progress"];

/** Each test begins with empty tables; a schema for each would take longer than the tests. */
async function emptied(database: Database, tables = TABLES): Promise<Database> {
  await database.pool.query(`truncate ${tables.map((table) => `${database.schema}.${table}`).join(", ")}`);
  return database;
}

const onServer = () => emptied(server);
const onPglite = () => emptied(embedded, [...TABLES, "memory_vectors"]);

/** Each is a statement or more: ten thousand take half a minute. */
const operations = Number(process.env["BATON_TEST_OPERATIONS"] ?? 500);

memorySuite(
  "vector layer on PostgreSQL",
  async () => {
    const database = await onServer();
    return { layer: vectorLayer(postgresItems(database)), close: () => Promise.resolve() };
  },
  { operations },
);

vectorIndexSuite("vectors in pgvector", async () => await pgvector(await onPglite()), { operations });

const SCOPE = { tenant: DEFAULT_TENANT, namespace: "docs" };

test("what four connections store at the same time is seen whole by one that follows the scope", async () => {
  const database = await onServer();
  const writers = Array.from({ length: 4 }, () => vectorLayer(postgresItems(database)));
  const reader = vectorLayer(postgresItems(database));
  let most = 0;
  const writing = writers.map(async (layer, writer) => {
    for (let at = 0; at < 25; at += 1)
      await layer.remember(SCOPE, [memoryItem({ text: `Walnut ${writer} ${at}.`, order: at })]);
  });
  const reading = (async () => {
    while (most < 100) most = (await reader.recall({ scope: SCOPE, text: "walnut", limit: 200 })).length;
  })();
  await Promise.all([...writing, reading]);
  expect(await reader.list(SCOPE)).toHaveLength(100);
});

test("a purge is followed by other processes", async () => {
  const database = await onServer();
  const [here, there] = [vectorLayer(postgresItems(database)), vectorLayer(postgresItems(database))];
  const origin = { run: "run_1", kind: "agent", by: "writer", trust: "unreviewed" } as const;
  await here.remember(SCOPE, [
    memoryItem({ text: "Walnuts are nuts.", origin }),
    memoryItem({ text: "Walnut trees." }),
  ]);
  expect(await there.recall({ scope: SCOPE, text: "walnut", limit: 5 })).toHaveLength(2);
  expect(await here.purge({ tenant: DEFAULT_TENANT, run: "run_1" })).toBe(1);
  expect(await there.recall({ scope: SCOPE, text: "walnut", limit: 5 })).toMatchObject([{ text: "Walnut trees." }]);
});

test("a process that lost its run remembers nothing more for it", async () => {
  const database = await onServer();
  // Only what the fence looks at: everything else of a run is another test's.
  const { rows } = await database.pool.query<{ readonly name: string }>(
    "select column_name as name from information_schema.columns where table_schema = 'baton' and table_name = 'runs' and data_type = 'text' and is_nullable = 'NO' and column_default is null",
  );
  const texts = rows.map(({ name }) => name).filter((name) => name !== "id");
  await database.pool.query(
    `insert into baton.runs (id, epoch, ${texts.join(", ")}) values ('run_1', 2, ${texts.map(() => "''").join(", ")})`,
  );
  const layer = vectorLayer(postgresItems(database));
  const item = memoryItem({ text: "Walnuts are nuts." });
  await expect(layer.remember(SCOPE, [item], { run: "run_1", epoch: 1 })).rejects.toMatchObject({ code: "fenced" });
  expect(await layer.list(SCOPE)).toEqual([]);
  await layer.remember(SCOPE, [item], { run: "run_1", epoch: 2 });
  expect(await layer.list(SCOPE)).toHaveLength(1);
});

test("words and vectors of one layer lie in one database", async () => {
  const database = await onPglite();
  const table = postgresItems(database);
  const index = await pgvector(database);
  const layer = vectorLayer(table, { meaning: meaning({ table, index, embed: hashEmbed() }) });
  await layer.remember(SCOPE, [memoryItem({ text: "Leases are renewed." }), memoryItem({ text: "Cats sleep." })]);
  const [best] = await layer.recall({ scope: SCOPE, text: "lease renewed", limit: 1 });
  expect(best).toMatchObject({ text: "Leases are renewed.", why: { meaning: expect.any(Number) } });
  expect(await layer.purge({ tenant: DEFAULT_TENANT })).toBe(2);
  const { rows } = await pool.query(`select count(*)::int as count from ${database.schema}.memory_vectors`);
  expect(rows).toEqual([{ count: 0 }]);
});

test("a very large namespace gets an index of its own, which finds the neighbours and serves no other namespace", async () => {
  const database = await onPglite();
  const index = await pgvector(database, { indexFrom: 400 });
  const space = spaceOf({ ref: "test", dimensions: 8 });
  const vectorOf = (at: number) => unitVector(Array.from({ length: 8 }, (_, axis) => Math.sin(at * (axis + 1))));
  const entries = Array.from({ length: 500 }, (_, at) => ({ id: `${at}`, vector: vectorOf(at), metadata: {} }));
  const small = placeOf({ ...SCOPE, namespace: "small" });
  await index.upsert(placeOf(SCOPE), space, entries);
  await index.upsert(small, space, entries.slice(0, 5));
  await index.close();
  const { rows } = await pool.query(
    "select indexdef from pg_indexes where schemaname = $1 and indexname like 'memory_hnsw_%'",
    [database.schema.replaceAll('"', "")],
  );
  expect(rows).toEqual([{ indexdef: expect.stringContaining("hnsw") }]);
  let found = 0;
  for (let at = 0; at < 20; at += 1) {
    const exact = entries
      .map(({ id, vector: other }) => ({
        id,
        score: other.reduce((sum, value, axis) => sum + value * (vectorOf(at + 0.3)[axis] ?? 0), 0),
      }))
      .toSorted((one, other) => other.score - one.score)
      .slice(0, 10)
      .map(({ id }) => id);
    const { hits } = await index.query(placeOf(SCOPE), { space, vector: vectorOf(at + 0.3), limit: 10 });
    found += hits.filter(({ id }) => exact.includes(id)).length;
  }
  expect(found).toBeGreaterThanOrEqual(190);
  const { hits } = await index.query(small, { space, vector: vectorOf(1), limit: 10 });
  expect(hits).toHaveLength(5);
});

test("a server without pgvector is told by name what is missing", async () => {
  const database = await onServer();
  const { rows } = await database.pool.query("select from pg_available_extensions where name = 'vector'");
  if (rows.length === 0)
    await expect(pgvector(database)).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("extension `vector`"),
    });
  else expect((await pgvector(database)).description).toContain("pgvector");
});
