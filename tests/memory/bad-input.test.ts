import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import { createBaton, DEFAULT_TENANT, type MemoryItem, offline, redis } from "batonjs";
import { Redis } from "ioredis";
import { afterAll, expect, onTestFinished, test } from "vitest";

import { parseSessionId } from "../../core/ids.ts";
import { keySegment } from "../../core/scope-key.ts";
import { runMemory } from "../../memory/run-memory.ts";
import { openConnection } from "../../store/sqlite/connection.ts";
import { sqliteItems } from "../../store/sqlite/vectors.ts";
import { vectorLayer } from "../../memory/vector.ts";
import { HOSTILE_NAMES } from "../../testing/hostile-names.ts";
import { memoryItem } from "../../testing/memory-suite.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestRedis } from "../support/redis.ts";

const server = createTestRedis();
afterAll(server.clear);

const SCOPE = { tenant: DEFAULT_TENANT, namespace: "ada" };
const OWNER = { tenant: DEFAULT_TENANT, session: parseSessionId("ada"), workflow: "chat" };
const ASK = { layers: ["session", "vector"], text: "walnuts", limit: 9, held: [] } as const;

async function opened(url: string, prefix = server.prefix) {
  const baton = await createBaton(
    {
      workflows: [],
      model: offline(),
      prompts: ".",
      session: redis({ url, prefix, commandMs: 2_000, connectMs: 300 }),
    },
    { folder: await temporaryFolder(), env: {} },
  );
  onTestFinished(async () => await baton.close());
  return { baton, memory: runMemory(baton.memory, OWNER) };
}

/** A server that is no Redis. */
async function stranger(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const other: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    other.close();
  });
  // A TCP server's address is an object; only pipes have a text.
  return `redis://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

test.each<[what: string, serve: (socket: Socket) => void]>([
  ["is a web server", (socket) => socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n<html>"))],
  [
    "answers with bytes that mean nothing",
    (socket) => socket.on("data", () => socket.write(Buffer.from([0, 255, 13, 10, 36]))),
  ],
  ["says yes to everything", (socket) => socket.on("data", () => socket.write("+OK\r\n"))],
  ["refuses everything", (socket) => socket.on("data", () => socket.write("-ERR unknown command\r\n".repeat(3)))],
  ["hangs up at once", (socket) => void socket.destroy()],
])("a session place that %s costs the session, not the run", async (_what, serve) => {
  const { memory } = await opened(await stranger(serve));
  await memory.remember("session", [memoryItem({ text: "Walnuts are nuts." })]).catch((error: unknown) => {
    // What is no failure of the place, but an answer, is told.
    expect(error).toMatchObject({ code: "memory-unavailable" });
  });
  const { route } = await memory.recall(ASK);
  expect(route.degraded.map(({ layer }) => layer)).toContain("session");
});

test("a session that another program wrote into is told apart from an empty one, and can be removed", async () => {
  const { baton, memory } = await opened(server.url);
  await memory.remember("session", [memoryItem({ text: "Walnuts are nuts." })]);
  const admin = new Redis(server.url);
  onTestFinished(() => admin.disconnect());
  const items = `${server.prefix}:{${keySegment(DEFAULT_TENANT)}:ada}:items`;
  for (const garbage of ["no json at all", "1|x|{", "1|x|[]", "1|x|null", "\u0000\u00ff"]) {
    await admin.rpush(items, garbage);
    const { route } = await memory.recall(ASK);
    expect(route.degraded).toMatchObject([{ layer: "session", error: expect.stringContaining("memory-unavailable") }]);
  }
  await expect(baton.memory.session.list(SCOPE)).rejects.toMatchObject({ code: "memory-unavailable" });
  expect(await baton.memory.session.purge({ tenant: DEFAULT_TENANT, session: "ada" })).toBe(6);
  expect(await baton.memory.session.list(SCOPE)).toEqual([]);
  // A key of another kind: what cannot be appended goes into the archive of the session.
  await admin.set(items, "a text");
  await memory.remember("session", [memoryItem({ text: "Walnuts again." })]);
  expect((await memory.recall(ASK)).items).toMatchObject([{ text: "Walnuts again.", layer: "vector" }]);
  await admin.del(items);
});

test("a long-term item that is damaged on the disk is told, and is no crash", async () => {
  const connection = await openConnection({ folder: await temporaryFolder() });
  onTestFinished(async () => await connection.close());
  const layer = vectorLayer(sqliteItems(connection));
  await layer.remember(SCOPE, [memoryItem({ text: "Walnuts are nuts." })]);
  await connection.write(() => void connection.statement("update memory_items set body = '{\"id'").run());
  const memory = runMemory({ session: layer, vector: layer }, { ...OWNER, workflow: "ada" });
  const { items, route } = await memory.recall({ ...ASK, layers: ["vector"] });
  expect(items).toEqual([]);
  expect(route.degraded).toMatchObject([{ error: expect.stringContaining("A stored memory item is none") }]);
  expect(await layer.purge({ tenant: DEFAULT_TENANT })).toBe(1);
});

const NAMES = [...HOSTILE_NAMES, ":*?[]{}%_\\", "*", "a:b", "{a}", "a\u0000b", "..", " "];

test("a namespace of any characters is its own place, in the session and for good", async () => {
  const { baton } = await opened(server.url, `${server.prefix}-names`);
  const places = [...new Set(NAMES)].map((namespace) => ({ tenant: DEFAULT_TENANT, namespace }));
  for (const layer of [baton.memory.session, baton.memory.vector]) {
    for (const scope of places) await layer.remember(scope, [memoryItem({ text: `Walnuts of ${scope.namespace}.` })]);
    for (const scope of places) {
      const recalled = await layer.recall({ scope, text: "walnuts", limit: 9 });
      expect(recalled.map(({ text }) => text)).toEqual([`Walnuts of ${scope.namespace}.`]);
    }
    expect(await layer.namespaces(DEFAULT_TENANT)).toHaveLength(places.length);
  }
  expect(await baton.memory.session.purge({ tenant: DEFAULT_TENANT, session: "*" })).toBe(1);
});

test("what no item can be is refused with its field, by every layer, before anything is stored", async () => {
  const { baton, memory } = await opened(server.url, `${server.prefix}-refused`);
  const wrong: readonly (readonly [field: string, given: object])[] = [
    ["id", { id: "" }],
    ["id", { id: 7 }],
    ["text", { text: undefined }],
    ["text", { text: "x".repeat(10_000_000) }],
    ["text", { text: Buffer.from([0, 255]) }],
    ["group", { group: null }],
    ["order", { order: Number.POSITIVE_INFINITY }],
    ["time", { time: "yesterday" }],
    ["validTo", { validTo: Number.NaN }],
    ["context", { context: ["a", "b"] }],
    ["replaces", { replaces: "" }],
    ["meta", { meta: [] }],
    ["meta", { meta: { note: "x".repeat(10_000_000) } }],
  ];
  for (const [field, given] of wrong)
    for (const layer of ["session", "vector"] as const) {
      // What the types forbid, plain JavaScript may send.
      const item = { ...memoryItem({ text: "Walnuts." }), ...given } as MemoryItem;
      await expect(memory.remember(layer, [memoryItem({ text: "Good walnuts." }), item])).rejects.toMatchObject({
        code: "memory-item-invalid",
        message: expect.stringContaining(`\`${field}\``),
      });
    }
  expect((await memory.recall(ASK)).items).toEqual([]);
  expect(await baton.memory.session.namespaces(DEFAULT_TENANT)).toEqual([]);
});
