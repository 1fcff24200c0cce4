import { existsSync } from "node:fs";
import { join } from "node:path";

import {
  type BatonConfig,
  createBaton,
  DEFAULT_TENANT,
  offline,
  openaiEmbed,
  pinecone,
  postgres,
  redis,
  sqlite,
} from "batonjs";
import { afterAll, beforeAll, expect, test } from "vitest";

import { hashEmbed } from "../../testing/hash-embed.ts";
import { memoryItem } from "../../testing/memory-suite.ts";
import { type PineconeServer, pineconeServer } from "../../testing/pinecone-server.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { createTestRedis } from "../support/redis.ts";

let database: TestDatabase;
let server: PineconeServer;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await pineconeServer({ dimension: 64 });
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const SCOPE = { tenant: DEFAULT_TENANT, namespace: "docs" };
const CONFIG: BatonConfig = { workflows: [], model: offline(), prompts: "." };

async function opened(config: Partial<BatonConfig>, env: NodeJS.ProcessEnv = {}, folder?: string) {
  return await createBaton({ ...CONFIG, ...config }, { folder: folder ?? (await temporaryFolder()), env });
}

test("with DATABASE_URL long-term memory lies in the database, for every machine", async () => {
  const [one, other] = [await temporaryFolder(), await temporaryFolder()];
  const env = { DATABASE_URL: database.url };
  {
    await using baton = await opened({}, env, one);
    expect(baton.seams.vector).toMatchObject({
      implementation: expect.stringContaining("PostgreSQL"),
      why: "in the database of the store",
    });
    await baton.probeMemory("vector");
    await baton.memory.vector.remember(SCOPE, [memoryItem({ text: "Leases are renewed by a thread." })]);
  }
  await using baton = await opened({}, env, other);
  const [found] = await baton.memory.vector.recall({ scope: SCOPE, text: "who renews a lease", limit: 1 });
  expect(found?.text).toBe("Leases are renewed by a thread.");
});

test("with DATABASE_URL and REDIS_URL nothing is written beside the config", async () => {
  const folder = await temporaryFolder();
  const { url } = createTestRedis();
  await using baton = await opened({ vector: postgres() }, { DATABASE_URL: database.url, REDIS_URL: url }, folder);
  await baton.probeMemory("session");
  await baton.probeMemory("vector");
  expect(baton.seams.session).toMatchObject({
    implementation: expect.stringContaining("Redis"),
    why: "REDIS_URL is set",
  });
  expect(existsSync(join(folder, ".baton"))).toBe(false);
});

test("a Redis named in the config is used and answers", async () => {
  await using baton = await opened({ session: redis({ url: createTestRedis().url }) });
  await baton.probeMemory("session");
  expect(baton.seams.session).toMatchObject({ why: "named in the config" });
});

test("`vector: sqlite()` keeps memory in the file although the runs lie on a server", async () => {
  await using baton = await opened({ vector: sqlite() }, { DATABASE_URL: database.url });
  expect(baton.seams.vector.implementation).toContain("SQLite");
  await baton.probeMemory("vector");
});

test("with `embed` the embedded file keeps vectors too", async () => {
  await using baton = await opened({ embed: hashEmbed() });
  expect(baton.seams.vector.implementation).toContain("vectors of hash in SQLite");
  await baton.memory.vector.remember(SCOPE, [memoryItem({ text: "Leases are renewed." })]);
  const [found] = await baton.memory.vector.recall({ scope: SCOPE, text: "lease", limit: 1 });
  expect(found?.why).toHaveProperty("meaning");
});

test("PINECONE_API_KEY puts the vectors into Pinecone and leaves the texts in the file", async () => {
  // The name is looked up at the server of this test: no address of Pinecone is asked.
  const vector = pinecone({ host: server.url });
  await using baton = await opened({ vector, embed: hashEmbed() }, { PINECONE_API_KEY: server.apiKey });
  await baton.probeMemory("vector");
  await baton.memory.vector.remember(SCOPE, [
    memoryItem({ text: "A secret text about leases.", meta: { file: "a.md" } }),
  ]);
  const [found] = await baton.memory.vector.recall({ scope: SCOPE, text: "leases", limit: 1 });
  expect(found?.why).toHaveProperty("meaning");
  const sent = JSON.stringify(server.requests);
  expect(sent).toContain("a.md");
  expect(sent).not.toContain("secret text");
  await baton.memory.vector.purge({ tenant: DEFAULT_TENANT });
  expect(server.namespaces().flatMap((name) => server.records(name))).toEqual([]);
});

test("Pinecone without a model that makes vectors is refused, and so is one whose vectors do not fit", async () => {
  const host = pinecone({ host: server.url, apiKey: server.apiKey });
  await expect(opened({ vector: host })).rejects.toMatchObject({
    code: "config-invalid",
    hint: expect.stringContaining("openaiEmbed"),
  });
  await expect(opened({ vector: host, embed: hashEmbed(8) })).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringContaining("vectors of 64 numbers"),
  });
  await expect(opened({ vector: pinecone() })).rejects.toMatchObject({ code: "config-invalid" });
  await expect(opened({ embed: openaiEmbed("text-embedding-3-small", { env: {} }) })).rejects.toMatchObject({
    code: "model-key-missing",
  });
  await expect(opened({ vector: postgres() })).rejects.toMatchObject({ code: "config-invalid" });
});

test("a Pinecone that is away costs the meaning, and the run's recall says so", async () => {
  const vector = pinecone({ host: "http://127.0.0.1:1", apiKey: "k", maxAttempts: 1 });
  await using baton = await opened({ vector, embed: hashEmbed() });
  await baton.memory.vector.remember(SCOPE, [memoryItem({ text: "Leases are renewed." })]);
  expect(await baton.memory.vector.recall({ scope: SCOPE, text: "leases", limit: 1 })).toHaveLength(1);
  expect(baton.memory.vector.warning?.(SCOPE)).toContain("memory-unavailable");
});
