import type { ChannelVersions, Checkpoint } from "@langchain/langgraph-checkpoint";

/** A stretch of a checkpoint row's data that holds one value. */
export interface Slice {
  /** The row; undefined in the row itself, whose number is not known before it is stored. */
  readonly seq: number | undefined;
  readonly at: number;
  readonly length: number;
  readonly type: string;
  /** The version under which the value was stored; an encrypted value opens under no other. */
  readonly version: string;
}

/** A list as it grew: what it was when it was first stored, and the lists that were appended since. */
export interface ListPlace {
  readonly base: Slice;
  /** Each list with its number of items; more than one after a fork. */
  readonly parts: readonly { readonly list: number; readonly end: number }[];
}

/** Where the value of a channel lies. */
export type Place = Slice | ListPlace;

/** A checkpoint without its values, and where those are. */
export interface CheckpointBody {
  readonly v: number;
  readonly ts: string;
  readonly versions: ChannelVersions;
  readonly seen: Checkpoint["versions_seen"];
  readonly places: ReadonlyMap<string, Place>;
}

/** As it is stored; `rows` and `lists` are also read by the statements that gather a checkpoint. */
interface StoredBody {
  readonly v: number;
  readonly ts: string;
  readonly versions: ChannelVersions;
  readonly seen: Checkpoint["versions_seen"];
  /** Values in the row itself. */
  readonly own?: readonly StoredOwn[];
  /** Values in older rows. */
  readonly rows?: readonly StoredSlice[];
  readonly lists?: readonly StoredList[];
}

type StoredOwn = readonly [channel: string, at: number, length: number, type: string];
type StoredSlice = readonly [channel: string, seq: number, at: number, length: number, type: string];
type StoredList = readonly [
  channel: string,
  parts: readonly (readonly [list: number, end: number])[],
  seq: number,
  at: number,
  length: number,
  type: string,
  version: string,
];

export function isList(place: Place): place is ListPlace {
  return "parts" in place;
}

/** The text of the body of row `self`, whose number is undefined until it is stored. Lists begin in rows that are. */
export function bodyText({ v, ts, versions, seen, places }: CheckpointBody, self?: number): string {
  const own: StoredOwn[] = [];
  const rows: StoredSlice[] = [];
  const lists: StoredList[] = [];
  for (const [channel, place] of places) {
    if (isList(place)) {
      const { seq, at, length, type, version } = place.base;
      if (seq === undefined) throw new Error("A list cannot begin in a row that is not stored yet.");
      lists.push([channel, place.parts.map(({ list, end }) => [list, end]), seq, at, length, type, version]);
    } else if (place.seq === self) own.push([channel, place.at, place.length, place.type]);
    else if (place.seq !== undefined) rows.push([channel, place.seq, place.at, place.length, place.type]);
  }
  const body: StoredBody = {
    v,
    ts,
    versions,
    seen,
    ...(own.length === 0 ? {} : { own }),
    ...(rows.length === 0 ? {} : { rows }),
    ...(lists.length === 0 ? {} : { lists }),
  };
  return JSON.stringify(body);
}

/** Reads what `bodyText` wrote into row `seq`. */
export function parseBody(text: string, seq: number): CheckpointBody {
  const body = JSON.parse(text) as StoredBody;
  const places = new Map<string, Place>();
  const version = (channel: string): string => String(body.versions[channel]);
  for (const [channel, at, length, type] of body.own ?? [])
    places.set(channel, { seq, at, length, type, version: version(channel) });
  for (const [channel, row, at, length, type] of body.rows ?? [])
    places.set(channel, { seq: row, at, length, type, version: version(channel) });
  for (const [channel, parts, row, at, length, type, stored] of body.lists ?? []) {
    const base = { seq: row, at, length, type, version: stored };
    places.set(channel, { base, parts: parts.map(([list, end]) => ({ list, end })) });
  }
  return { v: body.v, ts: body.ts, versions: body.versions, seen: body.seen, places };
}
