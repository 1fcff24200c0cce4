import type { ChannelVersions, Checkpoint, CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import type { Lineage } from "../checkpoints/place.ts";
import type { StateCodec } from "../codec/codec.ts";
import { placeOfSegment, placeOfValue } from "../codec/place.ts";
import { bodyText, isList, type ListPlace, type Place, type Slice } from "./checkpoint-body.ts";
import type { NewCheckpoint, NewSegment } from "./commit.ts";
import { growingList, type GrowingList } from "./growing-list.ts";
import type { KnownCheckpoint } from "./known-checkpoints.ts";
import type { NewEntry } from "./task-writes.ts";

export interface PutRequest extends Lineage {
  readonly lineage: string;
  readonly parent: string | undefined;
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
  readonly newVersions: ChannelVersions;
  /** The checkpoint it is made of. */
  readonly known: KnownCheckpoint | undefined;
  /** What tasks handed over before, written out already. */
  readonly written?: readonly NewEntry[];
  /** The row that holds the checkpoint already, when it is stored again: its new values come after `size` bytes. */
  readonly row?: { readonly seq: number; readonly size: number };
}

/** What is to be stored for a checkpoint. */
export interface PutPlan {
  readonly row: NewCheckpoint;
  readonly segments: readonly NewSegment[];
  /** The values that are stored with it, as a task may have written them: by channel. */
  readonly stored: ReadonlyMap<string, StoredPiece>;
  /** What is known of the checkpoint once its row has a number. */
  known(seq: number): KnownCheckpoint;
}

/** A value of the row itself, or what a list grew by. */
export interface StoredPiece {
  readonly type: string;
  readonly data: Uint8Array;
  readonly segment?: { readonly list: number; readonly start: number };
}

/** Writes the changed values out, lists that grew by what they grew by only. Throws `state-not-serializable`. */
export async function planPut(request: PutRequest, serde: StateCodec): Promise<PutPlan> {
  const { checkpoint, known, lineage, parent } = request;
  const pieces = await Promise.all(
    changedChannels(request).map(async (channel) => await writePiece(request, serde, channel)),
  );
  const places = new Map<string, Place>(unchangedPlaces(request));
  const data: Uint8Array[] = [];
  const start = request.row?.size ?? 0;
  let size = 0;
  for (const { channel, place, type, bytes, version } of pieces) {
    if (place === undefined) {
      places.set(channel, { seq: request.row?.seq, at: start + size, length: bytes.byteLength, type, version });
      data.push(bytes);
      size += bytes.byteLength;
    } else places.set(channel, place);
  }
  const { v, id, ts, channel_versions: versions, versions_seen: seen } = checkpoint;
  return {
    row: {
      lineage,
      id,
      parent: parent ?? null,
      // Plain JSON, whatever the serializer of the values: listings filter by it.
      metadata: JSON.stringify(request.metadata),
      body: bodyText({ v, ts, versions, seen, places }, request.row?.seq),
      writes: null,
      data: data.length === 1 && data[0] !== undefined ? data[0] : Buffer.concat(data, size),
    },
    segments: pieces.flatMap(({ segment, type, bytes }) =>
      segment === undefined ? [] : [{ lineage, list: segment.list, start: segment.start, type, data: bytes }],
    ),
    stored: new Map(pieces.flatMap((piece) => storedPiece(piece))),
    known: (seq) => ({
      id,
      isTip: true,
      versions,
      places: new Map([...places].map(([channel, place]) => [channel, settled(place, seq)])),
      lists: new Map([
        ...unchangedLists(known, places),
        ...pieces.flatMap(({ channel, list }) => (list ? [[channel, list] as const] : [])),
      ]),
    }),
  };
}

interface Piece {
  readonly channel: string;
  readonly version: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Where it is, unless it is in the row itself. */
  readonly place?: ListPlace;
  readonly segment?: { readonly list: number; readonly start: number };
  readonly list?: GrowingList;
}

/** A channel without a value has none to store. */
function changedChannels({ checkpoint, newVersions }: PutRequest): string[] {
  return Object.keys(newVersions).filter((channel) => Object.hasOwn(checkpoint.channel_values, channel));
}

/** Places of the values that are those of the checkpoint before. */
function unchangedPlaces({ checkpoint, newVersions, known }: PutRequest): [string, Place][] {
  if (known === undefined) return [];
  return [...known.places].filter(
    ([channel]) =>
      !Object.hasOwn(newVersions, channel) &&
      Object.hasOwn(checkpoint.channel_versions, channel) &&
      checkpoint.channel_versions[channel] === known.versions[channel],
  );
}

function unchangedLists(
  known: KnownCheckpoint | undefined,
  places: ReadonlyMap<string, Place>,
): [string, GrowingList][] {
  return known === undefined
    ? []
    : [...known.lists].filter(([channel]) => places.get(channel) === known.places.get(channel));
}

async function writePiece(request: PutRequest, serde: StateCodec, channel: string): Promise<Piece> {
  const { thread, ns, checkpoint, newVersions } = request;
  const value = checkpoint.channel_values[channel];
  const version = String(newVersions[channel]);
  const growth = Array.isArray(value) ? growthOf(request, channel, value) : undefined;
  if (growth === undefined) {
    const [type, bytes] =
      dumped(request, serde, { channel, value }) ??
      (await serde.dumpsTyped(value, placeOfValue({ thread, ns, channel, version })));
    return { channel, version, type, bytes, ...(Array.isArray(value) ? { list: growingList(value) } : {}) };
  }
  const { tail, ...piece } = growth;
  if (piece.segment === undefined) return { channel, version, type: "", bytes: EMPTY, ...piece };
  const [type, bytes] =
    dumped(request, serde, { channel, value: tail }) ??
    (await serde.dumpsTyped(tail, placeOfSegment({ thread, ns, channel, ...piece.segment })));
  return { channel, version, type, bytes, ...piece };
}

/** The same text, or texts, as a task handed over a moment ago. A codec that compares by itself binds what it writes to a place. */
function dumped(
  { written = [] }: PutRequest,
  { isSame }: StateCodec,
  { channel, value }: { readonly channel: string; readonly value: unknown },
): readonly [type: string, bytes: Uint8Array] | undefined {
  if (isSame !== undefined) return undefined;
  const entry = written.find((one) => one.channel === channel && one.idx >= 0 && isSameText(one.content, value));
  return entry === undefined ? undefined : [entry.type, entry.data];
}

/** Objects are looked at anew: a reducer may have changed the one that it was given. */
function isSameText(one: unknown, other: unknown): boolean {
  if (typeof one === "string") return one === other;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((item) => typeof item === "string") && other.every((item, index) => item === one[index]);
}

const EMPTY = new Uint8Array();

/** How a list that was stored before has grown; undefined when it has to be stored as a whole. */
function growthOf(
  { known }: PutRequest,
  channel: string,
  value: readonly unknown[],
):
  | (Required<Pick<Piece, "place" | "list">> & Pick<Piece, "segment"> & { readonly tail: readonly unknown[] })
  | undefined {
  const place = known?.places.get(channel);
  const before = known?.lists.get(channel);
  // An empty list is cheap to store again, and most lists that begin empty are replaced rather than appended to.
  if (known === undefined || place === undefined || before === undefined || before.items.length === 0) return undefined;
  const tail = before.tailOf(value);
  if (tail === undefined) return undefined;
  const { base, parts } = isList(place) ? place : { base: place, parts: [] };
  const list = before.grown(value);
  if (tail.length === 0) return { tail, list, place: { base, parts } };
  const last = known.isTip ? parts.at(-1) : undefined;
  // Another branch may have appended to the list of an older checkpoint: what follows it here is a list of its own.
  const segment = last === undefined ? { list: newList(), start: 0 } : { list: last.list, start: last.end };
  const grown = { list: segment.list, end: segment.start + tail.length };
  return { tail, list, segment, place: { base, parts: [...(last === undefined ? parts : parts.slice(0, -1)), grown] } };
}

function newList(): number {
  return 1 + Math.floor(Math.random() * (Number.MAX_SAFE_INTEGER - 1));
}

function storedPiece({ channel, type, bytes, place, segment }: Piece): [string, StoredPiece][] {
  if (place === undefined) return [[channel, { type, data: bytes }]];
  return segment === undefined ? [] : [[channel, { type, data: bytes, segment }]];
}

function settled(place: Place, seq: number): Place {
  if (isList(place) || place.seq !== undefined) return place;
  return { ...place, seq } satisfies Slice;
}
