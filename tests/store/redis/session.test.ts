import { randomUUID } from "node:crypto";

import { Redis } from "ioredis";
import { afterAll, expect, onTestFinished, test } from "vitest";

import { DEFAULT_TENANT } from "../../../core/ids.ts";
import { sessionLayer } from "../../../memory/session.ts";
import { openRedis } from "../../../store/redis/client.ts";
import { redisSessions } from "../../../store/redis/session.ts";
import { memoryItem, memorySuite } from "../../../testing/memory-suite.ts";
import { sessionSuite } from "../../../testing/session-suite.ts";
import { createTestRedis } from "../../support/redis.ts";
import { startProgram } from "../program.ts";

const server = createTestRedis();
afterAll(server.clear);

/** A busy machine is no reason to find Redis down; what the limit does is tested where the server is slowed. */
const PATIENT = { commandMs: 5_000, connectMs: 5_000 };

async function opened() {
  const prefix = `${server.prefix}${randomUUID()}`;
  return { prefix, client: await openRedis({ url: server.url, prefix, ...PATIENT }) };
}

async function keysBelow(prefix: string): Promise<readonly string[]> {
  const client = new Redis(server.url);
  try {
    return await client.keys(`${prefix}:*`);
  } finally {
    client.disconnect();
  }
}

memorySuite("session layer on Redis", async () => {
  const { client } = await opened();
  return { layer: sessionLayer(redisSessions(client)), close: () => client.close() };
});

sessionSuite("session layer on Redis", async (clock) => {
  const { client, prefix } = await opened();
  return {
    layer: (options) => sessionLayer(redisSessions(client, { clock }), options),
    leftovers: async () => (await keysBelow(prefix)).length,
    // The server's time cannot be turned: its keys are given so much less time to live.
    async passed(ms) {
      const admin = new Redis(server.url);
      for (const key of await keysBelow(prefix)) await admin.pexpire(key, (await admin.pttl(key)) - ms);
      admin.disconnect();
    },
    close: () => client.close(),
  };
});

test("all keys of a session end together, lie in one slot, and hold no text of a user", async () => {
  const { client, prefix } = await opened();
  onTestFinished(() => client.close());
  const layer = sessionLayer(redisSessions(client), { ttlSeconds: 100, maxItems: 1 });
  const scope = { tenant: DEFAULT_TENANT, namespace: "{a}:*\r\n?[b]" };
  await layer.append(scope, { op: "x", items: [memoryItem({ text: "one" }), memoryItem({ text: "two" })] });
  await layer.setFields(scope, { values: { goal: "ship" } });
  const keys = await keysBelow(prefix);
  expect(keys.map((key) => key.split(":").at(-1) ?? "").toSorted()).toEqual([
    "ids",
    "items",
    "meta",
    "ops",
    "out",
    "wm",
  ]);
  expect(new Set(keys.map((key) => /\{(.*)\}/.exec(key)?.[1])).size).toBe(1);
  expect(keys.every((key) => /^[\w:{}~.-]+$/.test(key))).toBe(true);
  const admin = new Redis(server.url);
  const times = await Promise.all(keys.map((key) => admin.pexpiretime(key)));
  admin.disconnect();
  expect(new Set(times).size).toBe(1);
  expect((times[0] ?? 0) - Date.now()).toBeGreaterThan(99_000 - 30_000);
});

test("1000 appends at once from four processes are 1000 items with 1000 versions", async () => {
  const { client, prefix } = await opened();
  onTestFinished(() => client.close());
  const programs = ["a", "b", "c", "d"].map((writer) =>
    startProgram("append-redis.ts", [server.url, prefix, writer, "250"]),
  );
  const printed = await Promise.all(programs.map(({ ended }) => ended));
  const versions = printed.flatMap((text) => text.trim().split("\n"));
  expect(new Set(versions).size).toBe(1_000);
  const { version, items } = await redisSessions(client).read({ tenant: DEFAULT_TENANT, namespace: "shared" });
  expect([version, new Set(items.map(({ id }) => id)).size]).toEqual([1_000, 1_000]);
});
