import { randomBytes } from "node:crypto";

import { Redis } from "ioredis";
import { inject } from "vitest";

/** A key prefix of one test file, on a real Redis that other files use at the same time. */
export type TestRedis = { readonly url: string; readonly prefix: string; clear(): Promise<void> };

/**
 * Gives this test file keys of its own, all of which begin with `prefix`:
 * `const redis = createTestRedis(); afterAll(redis.clear);` Never flush this server.
 */
export function createTestRedis(): TestRedis {
  const { redis: url } = inject("servers");
  const prefix = `baton-test:${randomBytes(4).toString("hex")}:`;
  return { url, prefix, clear: () => clear(url, prefix) };
}

async function clear(url: string, prefix: string): Promise<void> {
  const client = new Redis(url);
  try {
    for await (const keys of client.scanStream({ match: `${prefix}*`, count: 500 })) {
      if (keys.length > 0) await client.unlink(...keys);
    }
  } finally {
    client.disconnect();
  }
}
