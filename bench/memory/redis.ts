import { Redis } from "ioredis";

import { DEFAULT_TENANT } from "../../core/ids.ts";
import type { MemoryItem } from "../../memory/item.ts";
import { openRedis } from "../../store/redis/client.ts";
import { redisSessions } from "../../store/redis/session.ts";
import { startOwn } from "../../tests/support/provision.ts";

export interface RedisFigures {
  readonly appendP50Ms: number;
  readonly multiP50Ms: number;
  /** How many times as long an append takes as its bare writes. */
  readonly appendToMulti: number;
}

const SESSIONS = 20;
const APPENDS = 200;
const LIMITS = { ttlSeconds: 3_600, maxItems: 1_000, maxTokens: 1_000_000 };
const TEXT = "Walnuts are harvested in autumn. ".repeat(12);

/** Appends of one message of about 400 bytes, each beside a MULTI of the same writes, on a server of its own. */
export async function measureRedis(): Promise<RedisFigures> {
  const server = await startOwn("redis");
  const client = await openRedis({ url: server.url, commandMs: 10_000 });
  const bare = new Redis(server.url);
  try {
    const sessions = redisSessions(client);
    const appends: number[] = [];
    const multis: number[] = [];
    for (let session = 0; session < SESSIONS; session += 1) {
      const scope = { tenant: DEFAULT_TENANT, namespace: `s${session}` };
      for (let at = 0; at < APPENDS; at += 1) {
        const item = message(at);
        const entry = { op: `op${at}`, items: [{ item, tokens: 100 }] };
        appends.push(await timed(() => sessions.append(scope, entry, LIMITS)));
        multis.push(await timed(() => multi(bare, `{bare:${session}}`, item)));
      }
    }
    const [appendP50Ms, multiP50Ms] = [middle(appends), middle(multis)];
    return { appendP50Ms, multiP50Ms, appendToMulti: Math.round((appendP50Ms / multiP50Ms) * 100) / 100 };
  } finally {
    bare.disconnect();
    await client.close();
    await server.stop();
  }
}

function message(at: number): MemoryItem {
  return { id: `m${at}`, text: TEXT, group: "s", order: at, time: at, meta: { role: "user" } };
}

/** What an append writes, with nothing looked at: no operation, no version, no limits, no outbox. */
async function multi(redis: Redis, key: string, item: MemoryItem): Promise<unknown> {
  const names = ["meta", "items", "ids", "ops"].map((part) => `${key}:${part}`);
  const [meta = "", items = "", ids = "", ops = ""] = names;
  const writes = redis
    .multi()
    .sadd(ids, item.id)
    .rpush(items, `100|${item.id}|${JSON.stringify(item)}`)
    .zadd(ops, item.order, item.id)
    .hset(meta, { v: item.order, op: item.order, tok: item.order * 100, ends: item.order });
  for (const name of names) writes.pexpire(name, LIMITS.ttlSeconds * 1_000);
  return await writes.exec();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function middle(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1_000) / 1_000;
}
