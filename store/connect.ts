import { basename, dirname, resolve } from "node:path";

import { type Choice, chosen } from "../core/choice.ts";
import type { Store } from "../runs/store.ts";
import type { EmbeddedStore, SqliteOptions } from "./embedded.ts";
import type { Database } from "./postgres/database.ts";
import type { PostgresStore } from "./postgres/store.ts";
import { addressOf, databaseUrl, type PostgresOptions, type ServerStore } from "./server.ts";
import { openConnection, type Connection, type ConnectionOptions } from "./sqlite/connection.ts";
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from "./sqlite/store.ts";

export type StoreOptions = SqliteStoreOptions;

/** Opens the store of a `.baton` folder. Throws `baton-folder-unusable`, `database-corrupt`, `database-full`, `database-busy` and `store-schema-newer`. */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  return await openSqliteStore(options);
}

/** Where the runs lie: on the server at `url`, or in the file of the project. */
export type StoreChoice = Choice &
  (({ readonly kind: "postgres" } & ServerOptions) | ({ readonly kind: "sqlite" } & SqliteOptions));

type ServerOptions = PostgresOptions & { readonly url: string };

/**
 * The store that the config names, else the one that DATABASE_URL names, else the file. Opens nothing. Throws `default-refused` in
 * production, where it must not be the file by default, and `database-url-missing`.
 */
export function chooseStore(configured: EmbeddedStore | ServerStore | undefined, env: NodeJS.ProcessEnv): StoreChoice {
  return chosen(storeChoice(configured, env), PART, env);
}

const PART = {
  part: "store of the runs",
  fallback: "SQLite",
  hint: "Set DATABASE_URL, or name a `store` in baton.config.ts; `store: sqlite()` says that the file on this machine is meant.",
};

function storeChoice(configured: EmbeddedStore | ServerStore | undefined, env: NodeJS.ProcessEnv): StoreChoice {
  const named = { by: "config", why: "named in the config" } as const;
  if (configured?.kind === "postgres") return { ...configured, url: addressOf(configured, env), ...named };
  if (configured !== undefined) return { ...configured, ...named };
  const url = databaseUrl(env);
  if (url !== undefined) return { kind: "postgres", url, by: "environment", why: "DATABASE_URL is set" };
  return { kind: "sqlite", by: "default", why: "the embedded default" };
}

/** The store of runs, and the places beside it where memory may lie. */
export interface ChosenStore {
  readonly store: Store;
  /** The server of the store. */
  readonly database?: Database;
  /** The embedded file: the store's, or one that is opened when it is first asked for. */
  file(): Promise<Connection>;
  close(): Promise<void>;
}

/** Where a project keeps its files. */
export interface ProjectPlace {
  /** The folder of the config file: relative paths resolve from it. */
  readonly folder: string;
  /** Its `.baton` folder. */
  readonly batonFolder: string;
}

/** The file of an embedded store. */
export function storeFile({ path }: SqliteOptions, { folder, batonFolder }: ProjectPlace): ConnectionOptions {
  if (path === undefined) return { folder: batonFolder };
  const file = resolve(folder, path);
  return { folder: dirname(file), file: basename(file) };
}

/**
 * Opens the chosen store, in a file or on a server. Throws what `openStore` throws, and `config-invalid`, `database-unreachable`, `database-forbidden` and
 * `package-missing`.
 */
export async function openChosenStore(choice: StoreChoice, place: ProjectPlace): Promise<ChosenStore> {
  if (choice.kind === "sqlite") {
    const { encryption } = choice;
    const store = await openStore({ ...storeFile(choice, place), ...(encryption === undefined ? {} : { encryption }) });
    return { store, file: () => Promise.resolve(store.connection), close: async () => await store.close() };
  }
  const store = await openServerStore(choice);
  let opened: Promise<Connection> | undefined;
  return {
    store,
    database: store.database,
    file: () => (opened ??= openConnection({ folder: place.batonFolder })),
    async close() {
      const connection = await opened?.catch(() => undefined);
      await Promise.all([store.close(), connection?.close()]);
    },
  };
}

/** The store on a server. Its driver is loaded here and nowhere else. */
export async function openServerStore({ url, schema, encryption }: ServerOptions): Promise<PostgresStore> {
  const { openPostgresStore } = await import("./postgres/store.ts");
  return await openPostgresStore({
    url,
    ...(schema === undefined ? {} : { schema }),
    ...(encryption === undefined ? {} : { encryption }),
  });
}
