import type { Store } from "../runs/store.ts";
import { openConnection, type Connection, type ConnectionOptions } from "./sqlite/connection.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite/store.ts";

export type StoreOptions = ConnectionOptions;

/** Opens the store of a `.baton` folder. Throws `baton-folder-unusable`, `database-corrupt`, `database-full`, `database-busy` and `store-schema-newer`. */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  return await openSqliteStore(options);
}

export interface StoreChoiceOptions {
  /** The `.baton` folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The store of runs, and the file that keeps what memory layers remember: the same one unless the store is on a server. */
export interface ChosenStore {
  readonly store: Store;
  /** Why this store, for people to read. */
  readonly why: string;
  readonly memory: Connection;
  close(): Promise<void>;
}

/**
 * Opens the store that the environment asks for: PostgreSQL when DATABASE_URL is set, else the file of the folder. Memory layers stay in the
 * file. Throws what `openStore` throws, and `config-invalid`, `database-unreachable`, `database-forbidden` and `package-missing`.
 */
export async function openChosenStore({ folder, env }: StoreChoiceOptions): Promise<ChosenStore> {
  const url = databaseUrl(env);
  if (url === undefined) {
    const store = await openStore({ folder });
    const close = async () => await store.close();
    return { store, why: "the embedded default", memory: store.connection, close };
  }
  const store = await openServerStore(url);
  try {
    const memory = await openConnection({ folder });
    return {
      store,
      why: "DATABASE_URL is set",
      memory,
      async close() {
        await Promise.all([store.close(), memory.close()]);
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The store on the server at `url`. Its driver is loaded here and nowhere else. */
export async function openServerStore(url: string): Promise<Store> {
  const { openPostgresStore } = await import("./postgres/store.ts");
  return await openPostgresStore({ url });
}

/** The server that the environment names; undefined when it names none. */
export function databaseUrl(env: NodeJS.ProcessEnv): string | undefined {
  const url = env["DATABASE_URL"]?.trim();
  return url === "" ? undefined : url;
}
