import type { Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import { placeOfSegment, placeOfValue } from "../codec/place.ts";
import { isList, parseBody, type CheckpointBody, type ListPlace, type Slice } from "./checkpoint-body.ts";
import type { GatheredRow } from "./sql/read-checkpoint.ts";

/** One checkpoint with its values, as its rows hold them. Nothing here needs LangGraph. */
export interface StoredCheckpoint extends Lineage {
  readonly seq: number;
  readonly id: string;
  readonly parent: string | undefined;
  readonly metadata: string;
  readonly body: CheckpointBody;
  readonly data: Buffer;
  /** Bytes of values in older rows, and of what lists began as: by channel. */
  readonly elsewhere: ReadonlyMap<string, Buffer>;
  /** What each list grew by, in order. */
  readonly segments: ReadonlyMap<number, readonly Segment[]>;
}

export interface Segment {
  readonly start: number;
  readonly type: string;
  readonly data: Buffer;
}

/** Sorts the rows of one checkpoint; undefined when there is no such checkpoint. */
export function storedCheckpointOf(lineage: Lineage, rows: readonly GatheredRow[]): StoredCheckpoint | undefined {
  const head = rows.find(({ kind }) => kind === "head");
  if (head === undefined) return undefined;
  const body = parseBody(head.t4 ?? "", head.n1);
  const slices = [...body.places].filter(([, place]) => !isList(place) && place.seq !== head.n1);
  const lists = [...body.places].filter(([, place]) => isList(place));
  const elsewhere = new Map<string, Buffer>();
  const segments = new Map<number, Segment[]>();
  for (const row of rows) {
    if (row.kind === "value") setFor(elsewhere, slices[row.n1 - 1], row.data);
    else if (row.kind === "base") setFor(elsewhere, lists[row.n1 - 1], row.data);
    else if (row.kind === "segments") {
      const known = segments.get(row.n1) ?? [];
      known.push(...segmentsOf(row));
      segments.set(row.n1, known);
    }
  }
  for (const pieces of segments.values()) pieces.sort((a, b) => a.start - b.start);
  return {
    ...lineage,
    seq: head.n1,
    id: head.t1 ?? "",
    parent: head.t2 ?? undefined,
    metadata: head.t3 ?? "{}",
    body,
    data: head.data,
    elsewhere,
    segments,
  };
}

function segmentsOf({ t3, data }: GatheredRow): Segment[] {
  let at = 0;
  return (t3 ?? "").split("\n").map((line) => {
    const [start = "", length = "", ...type] = line.split(" ");
    const from = at;
    at += Number(length);
    return { start: Number(start), type: type.join(" "), data: data.subarray(from, at) };
  });
}

function setFor(values: Map<string, Buffer>, entry: readonly [string, unknown] | undefined, data: Buffer): void {
  if (entry !== undefined) values.set(entry[0], data);
}

/** The values of a checkpoint's channels. Throws `checkpoint-unreadable` for one whose bytes are gone or damaged. */
export async function loadValues(serde: StateCodec, stored: StoredCheckpoint): Promise<Map<string, unknown>> {
  const entries = await Promise.all(
    [...stored.body.places].map(async ([channel, place]) => {
      const value = isList(place)
        ? await loadList(serde, stored, { channel, place })
        : await loadSlice(serde, stored, { channel, place });
      return [channel, value] as const;
    }),
  );
  return new Map(entries);
}

async function loadSlice(
  serde: StateCodec,
  { thread, ns, seq, data, elsewhere }: StoredCheckpoint,
  { channel, place }: { readonly channel: string; readonly place: Slice },
): Promise<unknown> {
  const { type, version, at, length } = place;
  const bytes = place.seq === seq ? data.subarray(at, at + length) : elsewhere.get(channel);
  // Nothing: the codec says that the value is damaged, and which one.
  return await serde.loadsTyped(type, bytes ?? NOTHING, placeOfValue({ thread, ns, channel, version }));
}

const NOTHING = Buffer.alloc(0);

async function loadList(
  serde: StateCodec,
  stored: StoredCheckpoint,
  { channel, place }: { readonly channel: string; readonly place: ListPlace },
): Promise<unknown> {
  const { thread, ns, segments } = stored;
  const base = await loadSlice(serde, stored, { channel, place: place.base });
  const items = [base];
  for (const { list, end } of place.parts) {
    for (const { start, type, data } of segments.get(list) ?? []) {
      if (start >= end) break;
      // Thousands of small pieces: most need no turn of their own.
      const plain = serde.loadsPlain?.(type, data);
      const segment = { thread, ns, channel, list, start };
      items.push(plain === undefined ? await serde.loadsTyped(type, data, placeOfSegment(segment)) : plain.value);
    }
  }
  const expected = place.parts.reduce((sum, { end }) => sum + end, 0);
  const value = items.flatMap((part): unknown[] => (Array.isArray(part) ? part : []));
  if (Array.isArray(base) && value.length === base.length + expected) return value;
  return await serde.loadsTyped("missing", NOTHING, { channel });
}
