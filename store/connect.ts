import type { ConnectionOptions } from "./sqlite/connection.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite/store.ts";

export type StoreOptions = ConnectionOptions;

/** Opens the store of a `.baton` folder. Throws `baton-folder-unusable`, `database-corrupt`, `database-full`, `database-busy` and `store-schema-newer`. */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  return await openSqliteStore(options);
}
