import { setTimeout } from "node:timers/promises";

import { BatonError } from "../core/errors.ts";
import { sessionArchive } from "../memory/archive.ts";
import type { ItemTable } from "../memory/item-table.ts";
import { type Meaning, meaning } from "../memory/meaning.ts";
import type { LastingLayers } from "../memory/run-memory.ts";
import { sessionLayer } from "../memory/session.ts";
import { vectorLayer } from "../memory/vector.ts";
import type { VectorIndex } from "../memory/vector-index.ts";
import type { ChosenStore } from "./connect.ts";
import type { SessionChoice, VectorChoice } from "./layer-choice.ts";
import { sqliteVectors } from "./sqlite/exact-index.ts";
import { sqliteSessions } from "./sqlite/session.ts";
import type { SqliteStore } from "./sqlite/store.ts";
import { sqliteItems } from "./sqlite/vectors.ts";

/** The memory layers, and what a user calls the places where they lie. */
interface OpenedLayers extends LastingLayers {
  readonly sessionPlace: string;
  readonly vectorPlace: string;
  close(): Promise<void>;
}

interface LayerChoices {
  readonly session: SessionChoice;
  readonly vector: VectorChoice;
}

/**
 * The memory layers; what leaves a session by its limits goes on into the long-term layer. Apart from `openStore`, so that commands that only read runs
 * load no memory. Throws `config-invalid` and `package-missing`; a Redis or Pinecone that is away is no error.
 */
export async function openLayers(chosen: ChosenStore, { session, vector }: LayerChoices): Promise<OpenedLayers> {
  const items = await openItems(chosen, vector);
  const parts = await openMeaning(chosen, items.table, vector);
  const layer = vectorLayer(items.table, parts === undefined ? {} : { meaning: parts.meaning });
  const vectorPlace = parts === undefined ? items.place : `${items.place}, vectors of ${parts.shown}`;
  const { place } = session;
  if (place.kind === "sqlite") {
    const file = await chosen.file();
    const layers = joined(layer, sqliteSessions(file));
    const close = async () => await parts?.meaning.close();
    return { ...layers, sessionPlace: `SQLite ${file.path}`, vectorPlace, close };
  }
  const { openRedis } = await import("./redis/client.ts");
  const { redisSessions } = await import("./redis/session.ts");
  const client = await openRedis(place);
  return {
    ...joined(layer, redisSessions(client)),
    sessionPlace: `Redis ${client.shown}`,
    vectorPlace,
    async close() {
      await Promise.all([parts?.meaning.close(), client.close()]);
    },
  };
}

/** Both layers in the same file as the store. */
export function memoryLayers({ connection }: Pick<SqliteStore, "connection">): LastingLayers {
  return joined(vectorLayer(sqliteItems(connection)), sqliteSessions(connection));
}

interface Items {
  readonly table: ItemTable;
  readonly place: string;
}

async function openItems({ database, file }: ChosenStore, { items }: VectorChoice): Promise<Items> {
  if (items === "server" && database !== undefined) {
    const { postgresItems } = await import("./postgres/items.ts");
    return { table: postgresItems(database), place: database.shown };
  }
  const connection = await file();
  return { table: sqliteItems(connection), place: `SQLite ${connection.path}` };
}

interface OpenedMeaning {
  readonly meaning: Meaning;
  readonly shown: string;
}

async function openMeaning(
  chosen: ChosenStore,
  table: ItemTable,
  choice: VectorChoice,
): Promise<OpenedMeaning | undefined> {
  if (choice.meaning === undefined) return undefined;
  const { embed } = choice.meaning;
  const index = await openIndex(chosen, choice);
  await checkLength(index, embed.dimensions);
  return { meaning: meaning({ table, index, embed }), shown: `${embed.ref} in ${index.description}` };
}

async function openIndex(
  { database, file }: ChosenStore,
  { meaning: wish, items }: VectorChoice,
): Promise<VectorIndex> {
  if (wish !== undefined && wish.place !== "beside the items") {
    const { pineconeVectors } = await import("./pinecone/pinecone-vectors.ts");
    return await pineconeVectors({ ...wish.place, apiKey: wish.place.apiKey ?? "" });
  }
  if (items === "server" && database !== undefined) {
    const { pgvector } = await import("./postgres/pgvector.ts");
    return await pgvector(database);
  }
  return sqliteVectors(await file());
}

/** A start waits no longer for an index: one that is silent is as good as away. */
const LONGEST_CHECK_MS = 3_000;

/** A wrong length is a mistake in the config; an index that is away is none: words find meanwhile, and recalls say so. */
async function checkLength(index: VectorIndex, dimensions: number): Promise<void> {
  try {
    await Promise.race([index.check(dimensions), setTimeout(LONGEST_CHECK_MS, undefined, { ref: false })]);
  } catch (error) {
    if (!BatonError.is(error) || error.code !== "memory-unavailable") throw error;
  }
}

function joined(vector: LastingLayers["vector"], table: Parameters<typeof sessionLayer>[0]): LastingLayers {
  const session = sessionLayer(table, {
    promote: ({ tenant, namespace }, items) => vector.remember({ tenant, namespace: sessionArchive(namespace) }, items),
  });
  return { session, vector };
}
