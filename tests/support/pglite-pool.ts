import type { PGlite } from "@electric-sql/pglite";
import type { Pool } from "pg";

/**
 * PGlite as a pool of one connection, for SQL that the test server's PostgreSQL cannot run. Its own adapter for `pg` takes no named statements and no
 * parsers of ours.
 */
export function pglitePool(lite: PGlite): Pool {
  let last: Promise<unknown> = Promise.resolve();

  async function query(asked: string | { readonly text: string; readonly values?: unknown[] }, values?: unknown[]) {
    const text = typeof asked === "string" ? asked : asked.text;
    const given = typeof asked === "string" ? (values ?? []) : (asked.values ?? []);
    if (given.length > 0 || typeof asked !== "string") {
      const { rows } = await lite.query(text, given, { parsers: { 20: Number } });
      return { rows };
    }
    const results = await lite.exec(text, { parsers: { 20: Number } });
    return { rows: results.at(-1)?.rows ?? [] };
  }

  /** Others wait until the client is released, as for a pool that has one. */
  async function connect() {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    return { query, release: () => resolve() };
  }

  const pool = {
    ended: false,
    listeners: () => [],
    on() {},
    connect,
    async query(...asked: Parameters<typeof query>) {
      const client = await connect();
      try {
        return await client.query(...asked);
      } finally {
        client.release();
      }
    },
    async end() {
      await last;
      pool.ended = true;
    },
  };
  // What a `Database` uses of a pool, and no more.
  return pool as unknown as Pool;
}
