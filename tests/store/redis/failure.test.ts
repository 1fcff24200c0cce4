import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";

import { parseSessionId, parseTenantId } from "../../../core/ids.ts";
import { sessionArchive } from "../../../memory/archive.ts";
import { runMemory } from "../../../memory/run-memory.ts";
import { sessionLayer } from "../../../memory/session.ts";
import { vectorLayer } from "../../../memory/vector.ts";
import { openRedis, type RedisOptions } from "../../../store/redis/client.ts";
import { redisSessions } from "../../../store/redis/session.ts";
import { openConnection } from "../../../store/sqlite/connection.ts";
import { sqliteItems } from "../../../store/sqlite/vectors.ts";
import { memoryItem } from "../../../testing/memory-suite.ts";
import { startOwn } from "../../support/provision.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const OWNER = { tenant: parseTenantId("acme"), session: parseSessionId("s1"), workflow: "brief" };
const ASK = { layers: ["session", "vector"], text: "walnuts", limit: 10, held: [] } as const;

async function memoryOnOwnRedis(options: Partial<RedisOptions> = {}) {
  const server = await startOwn("redis");
  onTestFinished(async () => await server.stop());
  const client = await openRedis({ url: server.url, commandMs: 2_000, connectMs: 5_000, ...options });
  onTestFinished(async () => await client.close());
  const connection = await openConnection({ folder: temporaryFolder() });
  onTestFinished(async () => await connection.close());
  const vector = vectorLayer(sqliteItems(connection));
  const session = sessionLayer(redisSessions(client));
  const admin = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: null });
  admin.on("error", () => {});
  onTestFinished(() => admin.disconnect());
  return { server, client, admin, vector, session, memory: runMemory({ session, vector }, OWNER) };
}

/** Ends the server as a machine ends one that has no memory left; one that another machine or a container runs can only be stopped. */
async function kill({ server, admin }: Awaited<ReturnType<typeof memoryOnOwnRedis>>): Promise<void> {
  const pid = Number(/^process_id:(\d+)/mu.exec(await admin.info("server"))?.[1]);
  if (!server.origin.startsWith("started from")) return await server.stop();
  const gone = once(admin, "close");
  process.kill(pid, "SIGKILL");
  await gone;
}

test("F15: a Redis that is killed in mid-run degrades the recall, loses nothing that is remembered, and fails no run", async () => {
  const own = await memoryOnOwnRedis();
  const { memory, vector } = own;
  await memory.remember("session", [memoryItem({ text: "Walnuts before." })]);
  expect((await memory.recall(ASK)).route.degraded).toEqual([]);
  await kill(own);

  await memory.remember("session", [memoryItem({ text: "Walnuts after." })]);
  const { items, route } = await memory.recall(ASK);
  expect(items.map(({ text, layer }) => [text, layer])).toEqual([["Walnuts after.", "vector"]]);
  expect(route.degraded).toMatchObject([{ layer: "session", error: expect.stringContaining("did not answer") }]);
  const archive = { tenant: OWNER.tenant, namespace: sessionArchive(OWNER.session) };
  expect(await vector.list(archive)).toHaveLength(1);

  // Whether the second in which it is not asked has passed meanwhile depends on the machine.
  let skipped = await memory.recall(ASK);
  while (!skipped.route.skipped.some(({ layer }) => layer === "session")) skipped = await memory.recall(ASK);
  expect(skipped.route.layers).toEqual(["vector"]);
  expect(skipped.route.skipped).toContainEqual({ layer: "session", why: "it is down" });
  expect(skipped.route.degraded).toMatchObject([{ layer: "session" }]);
});

test("F15: an agent that needs the session fails while it is down", async () => {
  const { server, memory } = await memoryOnOwnRedis();
  await server.stop();
  for (let call = 0; call < 8; call += 1)
    await expect(memory.recall({ ...ASK, onDown: "fail" })).rejects.toMatchObject({ code: "memory-unavailable" });
});

test("F15: a Redis that is slower than its limit is given up, and used again when it answers in time", async () => {
  const { admin, memory } = await memoryOnOwnRedis({ commandMs: 300 });
  await memory.remember("session", [memoryItem({ text: "Walnuts." })]);
  await admin.call("CLIENT", "PAUSE", "3000", "ALL");
  const { items, route } = await memory.recall(ASK);
  expect(items).toEqual([]);
  expect(route.degraded).toMatchObject([{ error: expect.stringMatching(/no answer from .* within 300 ms/u) }]);
  let found: readonly unknown[] = [];
  while (found.length === 0) {
    await delay(100);
    found = (await memory.recall(ASK)).items;
  }
  expect(found).toMatchObject([{ text: "Walnuts.", layer: "session" }]);
});

test("F16: a Redis that was flushed, or came back with less than it had acknowledged, is flagged", async () => {
  const { admin, memory, session } = await memoryOnOwnRedis();
  const scope = { tenant: OWNER.tenant, namespace: OWNER.session };
  for (const text of ["Walnuts one.", "Walnuts two.", "Walnuts three."])
    await memory.remember("session", [memoryItem({ text })]);
  expect((await memory.recall(ASK)).route.degraded).toEqual([]);
  await admin.flushall();
  const flushed = await memory.recall(ASK);
  expect(flushed.items).toEqual([]);
  expect(flushed.route.degraded).toEqual([
    { layer: "session", error: "the session is at version 0, but version 3 was seen: its last writes are lost" },
  ]);

  await memory.remember("session", [memoryItem({ text: "Walnuts four." }), memoryItem({ text: "Walnuts five." })]);
  await session.append(scope, { op: "more", items: [memoryItem({ text: "Walnuts six." })] });
  await memory.recall(ASK);
  await admin.flushall();
  await memory.remember("session", [memoryItem({ text: "Walnuts seven." })]);
  const restored = await memory.recall(ASK);
  expect(restored.items).toHaveLength(1);
  expect(restored.route.degraded).toMatchObject([{ layer: "session" }]);
});

test("Redis that is away at the start is used once it is there", async () => {
  const { client } = await memoryOnOwnRedis();
  const away = await openRedis({ url: "redis://127.0.0.1:1", connectMs: 200 });
  onTestFinished(async () => await away.close());
  await expect(away.script("return 1", [], [])).rejects.toMatchObject({ code: "memory-unavailable" });
  expect(await client.script("return 1", [], [])).toBe(1);
});
