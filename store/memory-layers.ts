import { type LastingLayers, sessionArchive } from "../memory/run-memory.ts";
import { sessionLayer } from "../memory/session.ts";
import { vectorLayer } from "../memory/vector.ts";
import { sqliteSessions } from "./sqlite/session.ts";
import type { SqliteStore } from "./sqlite/store.ts";
import { sqliteItems } from "./sqlite/vectors.ts";

/**
 * The memory layers that live in the same file as the store; what leaves a session by its limits goes on into the long-term layer.
 * Apart from `openStore`, so that commands that only read runs load no memory.
 */
export function memoryLayers({ connection }: Pick<SqliteStore, "connection">): LastingLayers {
  const vector = vectorLayer(sqliteItems(connection));
  const session = sessionLayer(sqliteSessions(connection), {
    promote: ({ tenant, namespace }, items) => vector.remember({ tenant, namespace: sessionArchive(namespace) }, items),
  });
  return { session, vector };
}
