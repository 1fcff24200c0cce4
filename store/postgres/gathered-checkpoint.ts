import type { Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import { placeOfSegment, placeOfValue } from "../codec/place.ts";
import { isList, parseBody, type CheckpointBody, type ListPlace, type Slice } from "./checkpoint-body.ts";
import type { GatheredRow } from "./sql/read-checkpoint.ts";
import { appliedWrites, type StoredWrite } from "./task-writes.ts";

/** One checkpoint with everything that belongs to it, as its rows hold it. */
export interface GatheredCheckpoint extends Lineage {
  readonly seq: number;
  readonly id: string;
  readonly parent: string | undefined;
  readonly metadata: string;
  readonly body: CheckpointBody;
  readonly data: Buffer;
  readonly writes: readonly StoredWrite[];
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
export function gatherRows(lineage: Lineage, rows: readonly GatheredRow[]): GatheredCheckpoint | undefined {
  const head = rows.find(({ kind }) => kind === "head");
  if (head === undefined) return undefined;
  const id = head.t1 ?? "";
  const body = parseBody(head.t4 ?? "", head.n1);
  const slices = [...body.places].filter(([, place]) => !isList(place) && place.seq !== head.n1);
  const lists = [...body.places].filter(([, place]) => isList(place));
  const elsewhere = new Map<string, Buffer>();
  const segments = new Map<number, Segment[]>();
  const writes = [];
  for (const row of rows) {
    if (row.kind === "value") setFor(elsewhere, slices[row.n1 - 1], row.data);
    else if (row.kind === "base") setFor(elsewhere, lists[row.n1 - 1], row.data);
    else if (row.kind === "segment") {
      const known = segments.get(row.n1) ?? [];
      known.push({ start: row.n2 ?? 0, type: row.t1 ?? "", data: row.data });
      segments.set(row.n1, known);
    } else if (row.kind === "writes") {
      const { n1: seq, t1, t2, t3, data } = row;
      writes.push({ seq, checkpoint: id, task: t1 ?? "", path: t2 ?? "", body: t3 ?? "[]", data });
    }
  }
  for (const pieces of segments.values()) pieces.sort((a, b) => a.start - b.start);
  return {
    ...lineage,
    seq: head.n1,
    id,
    parent: head.t2 ?? undefined,
    metadata: head.t3 ?? "{}",
    body,
    data: head.data,
    writes: appliedWrites(writes),
    elsewhere,
    segments,
  };
}

function setFor(values: Map<string, Buffer>, entry: readonly [string, unknown] | undefined, data: Buffer): void {
  if (entry !== undefined) values.set(entry[0], data);
}

/** The values of a checkpoint's channels. Throws `checkpoint-unreadable` for one whose bytes are gone or damaged. */
export async function loadValues(serde: StateCodec, gathered: GatheredCheckpoint): Promise<Map<string, unknown>> {
  const entries = await Promise.all(
    [...gathered.body.places].map(async ([channel, place]) => {
      const value = isList(place)
        ? await loadList(serde, gathered, { channel, place })
        : await loadSlice(serde, gathered, { channel, place });
      return [channel, value] as const;
    }),
  );
  return new Map(entries);
}

async function loadSlice(
  serde: StateCodec,
  { thread, ns, seq, data, elsewhere }: GatheredCheckpoint,
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
  gathered: GatheredCheckpoint,
  { channel, place }: { readonly channel: string; readonly place: ListPlace },
): Promise<unknown> {
  const { thread, ns, segments } = gathered;
  const base = await loadSlice(serde, gathered, { channel, place: place.base });
  const tails = place.parts.flatMap(({ list, end }) =>
    (segments.get(list) ?? [])
      .filter(({ start }) => start < end)
      .map(async ({ start, type, data }) => {
        return await serde.loadsTyped(type, data, placeOfSegment({ thread, ns, channel, list, start }));
      }),
  );
  const items = [base, ...(await Promise.all(tails))];
  const expected = place.parts.reduce((sum, { end }) => sum + end, 0);
  const value = items.flatMap((part): unknown[] => (Array.isArray(part) ? part : []));
  if (Array.isArray(base) && value.length === base.length + expected) return value;
  return await serde.loadsTyped("missing", NOTHING, { channel });
}
