import { sessionArchive } from "../memory/archive.ts";
import type { LastingLayers } from "../memory/run-memory.ts";
import { sessionLayer } from "../memory/session.ts";
import { vectorLayer } from "../memory/vector.ts";
import type { SessionChoice } from "./layer-choice.ts";
import { sqliteSessions } from "./sqlite/session.ts";
import type { SqliteStore } from "./sqlite/store.ts";
import { sqliteItems } from "./sqlite/vectors.ts";

/** The memory layers, and where the session layer lies when that is not in the file. */
export interface OpenedLayers extends LastingLayers {
  readonly sessionServer?: string;
  close(): Promise<void>;
}

/**
 * The memory layers; what leaves a session by its limits goes on into the long-term layer. Apart from `openStore`, so that commands that
 * only read runs load no memory. Throws `config-invalid` and `package-missing`; a Redis that is away is no error.
 */
export async function openLayers(
  { connection }: Pick<SqliteStore, "connection">,
  session: SessionChoice["place"],
): Promise<OpenedLayers> {
  if (session.kind === "sqlite") return { ...memoryLayers({ connection }), close: () => Promise.resolve() };
  const { openRedis } = await import("./redis/client.ts");
  const { redisSessions } = await import("./redis/session.ts");
  const client = await openRedis(session);
  const layers = joined(vectorLayer(sqliteItems(connection)), redisSessions(client));
  return { ...layers, sessionServer: client.shown, close: () => client.close() };
}

/** Both layers in the same file as the store. */
export function memoryLayers({ connection }: Pick<SqliteStore, "connection">): LastingLayers {
  return joined(vectorLayer(sqliteItems(connection)), sqliteSessions(connection));
}

function joined(vector: LastingLayers["vector"], table: Parameters<typeof sessionLayer>[0]): LastingLayers {
  const session = sessionLayer(table, {
    promote: ({ tenant, namespace }, items) => vector.remember({ tenant, namespace: sessionArchive(namespace) }, items),
  });
  return { session, vector };
}
