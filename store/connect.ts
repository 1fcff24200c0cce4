import { type Choice, chosen } from "../core/choice.ts";
import type { Store } from "../runs/store.ts";
import type { EmbeddedFile } from "./embedded.ts";
import { openConnection, type Connection, type ConnectionOptions } from "./sqlite/connection.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite/store.ts";

export type StoreOptions = ConnectionOptions;

/** Opens the store of a `.baton` folder. Throws `baton-folder-unusable`, `database-corrupt`, `database-full`, `database-busy` and `store-schema-newer`. */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  return await openSqliteStore(options);
}

/** Where the runs lie: on the server at `url`, or in the file of the project. */
export type StoreChoice = Choice & ({ readonly kind: "postgres"; readonly url: string } | { readonly kind: "sqlite" });

/**
 * The store that the config names, else the one that DATABASE_URL names, else the file. Opens nothing. Throws `default-refused` in
 * production, where it must not be the file by default.
 */
export function chooseStore(configured: EmbeddedFile | undefined, env: NodeJS.ProcessEnv): StoreChoice {
  return chosen(storeChoice(configured, env), PART, env);
}

const PART = {
  part: "store of the runs",
  fallback: "SQLite",
  hint: "Set DATABASE_URL, or name a `store` in baton.config.ts; `store: sqlite()` says that the file on this machine is meant.",
};

function storeChoice(configured: EmbeddedFile | undefined, env: NodeJS.ProcessEnv): StoreChoice {
  if (configured !== undefined) return { kind: "sqlite", by: "config", why: "named in the config" };
  const url = databaseUrl(env);
  if (url !== undefined) return { kind: "postgres", url, by: "environment", why: "DATABASE_URL is set" };
  return { kind: "sqlite", by: "default", why: "the embedded default" };
}

/** The store of runs, and the file that keeps what memory layers remember: the same one unless the store is on a server. */
export interface ChosenStore {
  readonly store: Store;
  readonly memory: Connection;
  close(): Promise<void>;
}

/**
 * Opens the chosen store, in a `.baton` folder or on a server; memory layers stay in the file. Throws what `openStore` throws, and `config-invalid`, `database-unreachable`, `database-forbidden` and `package-missing`.
 */
export async function openChosenStore(choice: StoreChoice, folder: string): Promise<ChosenStore> {
  if (choice.kind === "sqlite") {
    const store = await openStore({ folder });
    const close = async () => await store.close();
    return { store, memory: store.connection, close };
  }
  const store = await openServerStore(choice.url);
  try {
    const memory = await openConnection({ folder });
    return {
      store,
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

function databaseUrl(env: NodeJS.ProcessEnv): string | undefined {
  const url = env["DATABASE_URL"]?.trim();
  return url === "" ? undefined : url;
}
