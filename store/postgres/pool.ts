import type { Pool, PoolClient } from "pg";

import { optionalPackage } from "../../core/optional-package.ts";

export interface PoolOptions {
  readonly url: string;
  /** @default 8 */
  readonly connections?: number;
  /** @default the server's words about itself: `baton` */
  readonly applicationName?: string;
}

/**
 * Each below the next, so that the server gives up before the client does: a frozen process must not keep others out, and a network that
 * swallows everything must not hang a run.
 */
export const TIMEOUTS = {
  connectionTimeoutMillis: 5_000,
  idle_in_transaction_session_timeout: 5_000,
  lock_timeout: 8_000,
  statement_timeout: 30_000,
  query_timeout: 35_000,
} as const;

/** Makes a pool that no server restart can bring the process down with. Connects when first used. Throws `package-missing`. */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const { default: pg } = await loadPg();
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 8,
    application_name: options.applicationName ?? "baton",
    keepAlive: true,
    // Its estimate for lists in JSON is far too high: compiling the statement would take longer than a hundred runs of it.
    options: "-c jit=off",
    // An idle pool must not keep a command alive that has nothing left to do.
    allowExitOnIdle: true,
    ...TIMEOUTS,
  });
  outliveServer(pool);
  return pool;
}

/**
 * Keeps the process alive when the server goes away. Both listeners are needed: an error of an idle connection reaches the pool, one of a
 * connection in use its client, and without a listener either ends the process.
 */
export function outliveServer(pool: Pool): void {
  if (pool.listeners("error").includes(ignoreLostConnection)) return;
  pool.on("error", ignoreLostConnection);
  pool.on("connect", listenToClient);
}

/** Follows the connections of a pool, so that those in use can be cut. */
export function connectionsOf(pool: Pool): { cut(): void } {
  const open = new Set<PoolClient>();
  pool.on("connect", (client) => open.add(client));
  pool.on("remove", (client) => open.delete(client));
  return {
    cut() {
      for (const client of open) void client.end();
    },
  };
}

function listenToClient(client: PoolClient): void {
  client.on("error", ignoreLostConnection);
}

/** Whoever waits for a statement on the lost connection gets the error from there, and tries again. */
function ignoreLostConnection(): void {}

async function loadPg(): Promise<typeof import("pg")> {
  return await optionalPackage({ name: "pg", needs: "PostgreSQL needs" }, () => import("pg"));
}
