import { createHash } from "node:crypto";

import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from "cockatiel";
import type { Cluster, Redis } from "ioredis";

import { BatonError } from "../../core/errors.ts";
import { optionalPackage } from "../../core/optional-package.ts";
import { inTime } from "../../memory/in-time.ts";
import { parseRedisUrl, type RedisAddress } from "./address.ts";

export interface RedisOptions {
  readonly url: string;
  /** Begins every key; apps that share a server take different ones. @default "baton" */
  readonly prefix?: string;
  /** How long one command may take before Redis counts as down. @default 50; more where Redis is in another region */
  readonly commandMs?: number;
  /** How long the first connection may take before work goes on without Redis. @default 1000 */
  readonly connectMs?: number;
}

/** One Redis, single, by Sentinels or a cluster. Every command ends in time: with its answer or with `memory-unavailable`. */
export interface RedisClient {
  readonly shown: string;
  readonly prefix: string;
  /** Runs a script; `keys` share a hash tag. Throws `memory-unavailable`. */
  script(source: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** All keys that match, which may take long: for maintenance, outside the time limit. */
  scan(pattern: string): Promise<readonly string[]>;
  remove(keys: readonly string[]): Promise<void>;
  /** Whether commands are refused without being sent, since the last ones failed. */
  isDown(): boolean;
  close(): Promise<void>;
}

const FAILURES_UNTIL_DOWN = 5;
const TRY_AGAIN_AFTER_MS = 1_000;

/** Connects, and returns also when that fails: Redis may come up later. Throws `config-invalid` and `package-missing`. */
export async function openRedis(options: RedisOptions): Promise<RedisClient> {
  const address = parseRedisUrl(options.url);
  const commandMs = options.commandMs ?? 50;
  const client = await makeClient(address, { commandMs, connectMs: options.connectMs ?? 1_000 });
  // Who waits for a command gets its error; a connection is made again in the background and needs no other word.
  client.on("error", () => undefined);
  // One that is away at the start, or silent, may come up later: commands find out.
  await Promise.race([client.connect().catch(() => undefined), wait(options.connectMs ?? 1_000)]);
  const breaker = circuitBreaker(
    handleWhen((error) => !isAnswer(error)),
    { halfOpenAfter: TRY_AGAIN_AFTER_MS, breaker: new ConsecutiveBreaker(FAILURES_UNTIL_DOWN) },
  );
  // After that time it is worth a call again: only a call finds out whether it is back.
  let downUntil = 0;
  breaker.onBreak(() => void (downUntil = performance.now() + TRY_AGAIN_AFTER_MS));
  breaker.onReset(() => void (downUntil = 0));

  async function evaluate(
    source: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await client.evalsha(shaOf(source), keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await client.eval(source, keys.length, ...keys, ...args);
    }
  }

  return {
    shown: address.shown,
    prefix: options.prefix ?? "baton",
    async script(source, keys, args) {
      try {
        return await breaker.execute(() => inTime(evaluate(source, keys, args), { ms: commandMs, what: "Redis" }));
      } catch (error) {
        throw unavailable(address.shown, error);
      }
    },
    async scan(pattern) {
      const found: string[] = [];
      try {
        for (const node of mastersOf(client)) {
          for await (const keys of node.scanStream({ match: pattern, count: 500 })) found.push(...stringsOf(keys));
        }
      } catch (error) {
        throw unavailable(address.shown, error);
      }
      return [...new Set(found)];
    },
    async remove(keys) {
      try {
        for (const key of keys) await client.unlink(key);
      } catch (error) {
        throw unavailable(address.shown, error);
      }
    },
    isDown: () => performance.now() < downUntil,
    async close() {
      client.disconnect();
      await Promise.resolve();
    },
  };
}

const shas = new Map<string, string>();

function shaOf(source: string): string {
  const known = shas.get(source) ?? createHash("sha1").update(source).digest("hex");
  shas.set(source, known);
  return known;
}

function mastersOf(client: Redis | Cluster): readonly Redis[] {
  return "nodes" in client ? client.nodes("master") : [client];
}

function stringsOf(keys: unknown): readonly string[] {
  return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === "string") : [];
}

/** An error reply came from a server that works: it is no reason to ask it less. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === "ReplyError" &&
    !/^(?:LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|OOM|BUSY|NOREPLICAS)/.test(error.message)
  );
}

/** Of a connection that is not there the client speaks in words of its own settings. */
function saidBy({ message }: Error): string {
  return /^(?:Stream isn't writeable|Connection is closed)/.test(message) ? "there is no connection to it" : message;
}

function unavailable(shown: string, error: unknown): BatonError {
  const why =
    error instanceof BrokenCircuitError
      ? "it is not asked for a moment, since the last commands failed"
      : error instanceof Error
        ? saidBy(error)
        : String(error);
  return new BatonError("memory-unavailable", `The session memory on \`${shown}\` did not answer: ${why}.`, {
    hint: 'Runs go on without it, unless an agent\'s memory says `onDown: "fail"`. Look whether Redis runs and answers in time: baton doctor',
    cause: error,
  });
}

async function wait(ms: number): Promise<void> {
  await new Promise<void>((resolve) => void setTimeout(resolve, ms).unref());
}

interface Times {
  readonly commandMs: number;
  readonly connectMs: number;
}

const LONGEST_PAUSE_MS = 1_000;

async function makeClient(address: RedisAddress, { connectMs }: Times): Promise<Redis | Cluster> {
  const { Redis, Cluster } = await loadIoredis();
  const pause = (attempt: number): number => Math.min(LONGEST_PAUSE_MS, 50 * attempt);
  const access = {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
  };
  // A command for a server that is away fails at once instead of waiting in a queue.
  const common = {
    ...access,
    lazyConnect: true,
    connectTimeout: connectMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  };
  switch (address.kind) {
    case "single":
      return new Redis({ ...common, ...address.host, db: address.database, retryStrategy: pause });
    case "sentinel":
      return new Redis({
        ...common,
        sentinels: [...address.sentinels],
        name: address.master,
        db: address.database,
        retryStrategy: pause,
        sentinelRetryStrategy: pause,
      });
    case "cluster":
      return new Cluster([...address.nodes], {
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: pause,
        redisOptions: { ...access, connectTimeout: connectMs, maxRetriesPerRequest: 0 },
      });
  }
}

async function loadIoredis(): Promise<Pick<typeof import("ioredis"), "Redis" | "Cluster">> {
  return await optionalPackage({ name: "ioredis", needs: "Redis needs" }, () => import("ioredis"));
}
