import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pg from "pg";

import type { Store } from "../../runs/store.ts";
import { openStore } from "../../store/connect.ts";
import { openPostgresStore } from "../../store/postgres/store.ts";
import { startBenchServer } from "../durability/server.ts";

/** A store under test, and how much it holds. */
export interface Place {
  readonly name: "sqlite" | "postgres";
  readonly store: Store;
  /** Bytes stored: on the server of everything, indexes and all; in the file, whose pages hide small things, of what values were made from. */
  bytes(): Promise<number>;
  close(): Promise<void>;
}

/** A file in a new folder. */
export async function sqlitePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "baton-bench-"));
  const store = await openStore({ folder });
  return {
    name: "sqlite",
    store,
    async bytes() {
      const [found] = await store.connection.read(() =>
        store.connection
          .statement<{ readonly bytes: number }>(
            "select coalesce(sum(octet_length(origin)), 0) as bytes from checkpoint_writes",
          )
          .all(),
      );
      return found?.bytes ?? 0;
    },
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A database on a PostgreSQL that is started here, with fsync on. */
export async function postgresPlace(): Promise<Place> {
  const server = await startBenchServer();
  const url = await server.database("provenance");
  const store = await openPostgresStore({ url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    name: "postgres",
    store,
    async bytes() {
      const { rows } = await client.query<{ bytes: string }>("select pg_database_size(current_database()) as bytes");
      return Number(rows[0]?.bytes);
    },
    async close() {
      await client.end();
      await store.close();
      await server.stop();
    },
  };
}
