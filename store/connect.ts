import type { ConnectionOptions } from "./sqlite/connection.ts";
import { type LastingLayers, sessionArchive } from "../memory/run-memory.ts";
import { sessionLayer } from "../memory/session.ts";
import { vectorLayer } from "../memory/vector.ts";
import { sqliteSessions } from "./sqlite/session.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite/store.ts";
import { sqliteItems } from "./sqlite/vectors.ts";

export type StoreOptions = ConnectionOptions;

/** Opens the store of a `.baton` folder. Throws `baton-folder-unusable`, `database-corrupt`, `database-full`, `database-busy` and `store-schema-newer`. */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  return await openSqliteStore(options);
}

/** The memory layers that live in the same file as the store; what leaves a session by its limits goes on into the long-term layer. */
export function memoryLayers({ connection }: SqliteStore): LastingLayers {
  const vector = vectorLayer(sqliteItems(connection));
  const session = sessionLayer(sqliteSessions(connection), {
    promote: ({ tenant, namespace }, items) => vector.remember({ tenant, namespace: sessionArchive(namespace) }, items),
  });
  return { session, vector };
}
