import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Redis } from "ioredis";

import { awaitAnswer } from "./await-answer.ts";
import { freePort } from "./free-port.ts";
import { startGuarded } from "./guarded-process.ts";
import { serverFolder } from "./server-folder.ts";
import type { TestServer } from "./server.ts";

const ATTEMPTS = 3;

/**
 * Starts a Redis of its own from the program in `binaries`: loopback only, a random password, nothing on disk.
 * Tests that kill or flush a server call this for themselves. Throws with the server's own words when it does not start.
 */
export async function startRedis(binaries: string): Promise<TestServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binaries);
    } catch (error) {
      // Another program may have taken the port in the meantime.
      if (attempt === ATTEMPTS || !String(error).includes("in use")) throw error;
    }
  }
}

/** Resolves when the Redis at `url` answers, with its version. */
export async function askRedis(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null, connectTimeout: 5_000 });
  // The rejected `connect` below says the same.
  client.on("error", () => {});
  try {
    await client.connect();
    return /redis_version:(\S+)/.exec(await client.info("server"))?.[1] ?? "of unknown version";
  } finally {
    client.disconnect();
  }
}

async function start(binaries: string): Promise<TestServer> {
  const folder = await serverFolder("redis");
  const password = randomBytes(12).toString("hex");
  const port = await freePort();
  const settings = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    'save ""',
    "appendonly no",
    `requirepass ${password}`,
  ];
  const file = join(folder, "redis.conf");
  await writeFile(file, `${settings.join("\n")}\n`, { mode: 0o600 });

  const server = startGuarded({ command: [join(binaries, "redis-server"), file], folder, signal: "TERM" });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  try {
    await awaitAnswer(server, async () => void (await askRedis(url)));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, origin: `started from ${binaries}`, stop: server.stop };
}
