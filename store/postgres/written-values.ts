import type { CheckpointPendingWrite } from "@langchain/langgraph-checkpoint";

import type { Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import { placeOfSegment, placeOfValue, placeOfWrite, type BlobPlace } from "../codec/place.ts";
import { isList, parseBody } from "./checkpoint-body.ts";
import type { Database } from "./database.ts";
import { lineageId } from "./lineage.ts";
import { sharedRows, sharedSegments } from "./sql/shared-values.ts";
import type { StoredWrite } from "./task-writes.ts";

/** What tasks wrote, again as values; those whose bytes lie with a checkpoint are read from there, all at once. */
export async function loadWrites(
  parts: { readonly database: Database; readonly serde: StateCodec },
  lineage: Lineage,
  writes: readonly StoredWrite[],
): Promise<CheckpointPendingWrite[]> {
  const loaded = await writtenValues(parts, lineage, writes);
  return loaded.map(({ task, channel, value }) => [task, channel, value]);
}

/** What a task wrote, with the checkpoint it came after. */
export interface LoadedWrite {
  readonly checkpoint: string;
  readonly task: string;
  readonly channel: string;
  readonly value: unknown;
}

/** Like `loadWrites`, for writes after several checkpoints. */
export async function writtenValues(
  { database, serde }: { readonly database: Database; readonly serde: StateCodec },
  lineage: Lineage,
  writes: readonly StoredWrite[],
): Promise<LoadedWrite[]> {
  const shared = writes.some(({ entry }) => !("data" in entry))
    ? await readShared(database, lineage, writes)
    : undefined;
  const loaded = await Promise.all(
    writes.map(async ({ after, task, entry }): Promise<LoadedWrite[]> => {
      const { channel, idx } = entry;
      const found =
        "data" in entry
          ? { ...entry, place: placeOfWrite({ checkpoint: after, task, idx, channel }) }
          : shared?.get(nameOf(entry));
      // The checkpoint that kept the bytes was removed, so the task has to run again.
      if (found === undefined) return [];
      const value = await serde.loadsTyped(found.type, found.data, found.place);
      return [{ checkpoint: after, task, channel, value }];
    }),
  );
  return loaded.flat();
}

interface SharedValue {
  readonly type: string;
  readonly data: Uint8Array;
  readonly place: BlobPlace;
}

async function readShared(
  database: Database,
  { thread, ns }: Lineage,
  writes: readonly StoredWrite[],
): Promise<Map<string, SharedValue>> {
  const entries = writes.map(({ entry }) => entry);
  const lineage = lineageId({ thread, ns });
  const values = new Map<string, SharedValue>();
  const inRows = entries.flatMap((entry) => ("checkpoint" in entry ? [entry] : []));
  const inLists = entries.flatMap((entry) => ("list" in entry ? [entry] : []));
  const [rows, segments] = await Promise.all([
    inRows.length === 0
      ? []
      : database.query(sharedRows, [lineage, [...new Set(inRows.map(({ checkpoint }) => checkpoint))]]),
    inLists.length === 0
      ? []
      : database.query(sharedSegments, [lineage, inLists.map(({ list }) => list), inLists.map(({ start }) => start)]),
  ]);
  for (const { id, seq, body, data } of rows) {
    for (const [channel, place] of parseBody(body, seq).places) {
      if (isList(place) || place.seq !== seq) continue;
      const { type, version, at, length } = place;
      values.set(nameOf({ channel, checkpoint: id }), {
        type,
        data: data.subarray(at, at + length),
        place: placeOfValue({ thread, ns, channel, version }),
      });
    }
  }
  const stored = new Map(segments.map((segment) => [nameOf({ channel: "", ...segment }), segment]));
  for (const { channel, list, start } of inLists) {
    const segment = stored.get(nameOf({ channel: "", list, start }));
    if (segment === undefined) continue;
    const place = placeOfSegment({ thread, ns, channel, list, start });
    values.set(nameOf({ channel, list, start }), { type: segment.type, data: segment.data, place });
  }
  return values;
}

function nameOf(
  entry: { readonly channel: string } & (
    | { readonly checkpoint: string }
    | { readonly list: number; readonly start: number }
  ),
): string {
  return JSON.stringify(
    "checkpoint" in entry ? [entry.channel, entry.checkpoint] : [entry.channel, entry.list, entry.start],
  );
}
