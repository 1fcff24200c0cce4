import type { DeltaChannelHistory } from "@langchain/langgraph-checkpoint";

import type { Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import { parseBody } from "./checkpoint-body.ts";
import type { Database } from "./database.ts";
import { lineageId } from "./lineage.ts";
import { ancestors, type AncestorRow } from "./sql/ancestors.ts";
import { listLineage } from "./sql/list-checkpoints.ts";
import { readById } from "./sql/read-checkpoint.ts";
import { writesAfter } from "./sql/writes-after.ts";
import { loadValues, storedCheckpointOf } from "./stored-values.ts";
import { appliedWrites } from "./task-writes.ts";
import { writesFrom } from "./write-entries.ts";
import { loadWrites } from "./written-values.ts";

interface Parts {
  readonly database: Database;
  readonly serde: StateCodec;
}

/** How far one statement walks back. */
const STRIDE = 128;

/** What channels are rebuilt from: of each the nearest stored value among the ancestors, and the writes since, oldest first. */
export async function deltaHistory(
  parts: Parts,
  place: (Lineage & { readonly id: string | undefined }) | undefined,
  channels: readonly string[],
): Promise<Record<string, DeltaChannelHistory>> {
  if (place === undefined) return Object.fromEntries(channels.map((channel) => [channel, { writes: [] }]));
  const path = await walkBack(parts.database, place, channels);
  const ids = path.map(({ id }) => id);
  const rows = writesFrom(await parts.database.query(writesAfter, [lineageId(place), ids]));
  const byCheckpoint = Map.groupBy(rows, ({ checkpoint }) => checkpoint);
  const entries = await Promise.all(
    channels.map(async (channel) => {
      const depth = path.findIndex(({ places }) => places.has(channel));
      // The writes stored after the seed's own checkpoint came after its value.
      const since = (depth === -1 ? ids : ids.slice(0, depth + 1)).toReversed();
      const stored = since.flatMap((id) => appliedWrites(byCheckpoint.get(id) ?? []));
      const own = stored.filter(({ entry }) => entry.channel === channel);
      const history: DeltaChannelHistory = { writes: await loadWrites(parts, place, own) };
      const seed = path[depth];
      if (seed !== undefined) history.seed = await valueAt(parts, { ...place, id: seed.id }, channel);
      return [channel, history] as const;
    }),
  );
  return Object.fromEntries(entries);
}

interface Ancestor {
  readonly id: string;
  readonly places: ReadonlyMap<string, unknown>;
}

/** The ancestors, nearest first, as far as the farthest value that is needed. */
async function walkBack(
  database: Database,
  { thread, ns, id }: Lineage & { readonly id: string | undefined },
  channels: readonly string[],
): Promise<Ancestor[]> {
  const lineage = lineageId({ thread, ns });
  const missing = new Set(channels);
  const path: Ancestor[] = [];
  let next: string | null = id ?? (await database.query(listLineage, [lineage, null, 1]))[0]?.id ?? null;
  let isTarget = true;
  while (next !== null && missing.size > 0) {
    const rows: readonly AncestorRow[] = await database.query(ancestors, [lineage, next, STRIDE]);
    for (const row of isTarget ? rows.slice(1) : rows) {
      const { places } = parseBody(row.body, row.seq);
      path.push({ id: row.id, places });
      for (const channel of missing) if (places.has(channel)) missing.delete(channel);
      if (missing.size === 0) return path;
    }
    isTarget = false;
    next = rows.length < STRIDE ? null : (rows.at(-1)?.parent ?? null);
  }
  return path;
}

async function valueAt(
  { database, serde }: Parts,
  place: Lineage & { readonly id: string },
  channel: string,
): Promise<unknown> {
  const rows = await database.query(readById, [lineageId(place), place.id]);
  const stored = storedCheckpointOf(place, rows);
  if (stored === undefined) return undefined;
  const places = new Map([...stored.body.places].filter(([name]) => name === channel));
  return (await loadValues(serde, { ...stored, body: { ...stored.body, places } })).get(channel);
}
