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

/** As it is stored, in few bytes, since each step writes one; `rows` and `lists` are also read by the statements that gather a checkpoint. */
interface StoredBody {
  readonly v: number;
  /** In milliseconds where that says the same. */
  readonly ts: number | string;
  readonly channels: readonly StoredChannel[];
  /** A node, then of each channel that it saw the place in `channels` (or the name) and the version. */
  readonly seen: readonly (readonly (string | number)[])[];
  /** Values in older rows. */
  readonly rows?: readonly StoredSlice[];
  readonly lists?: readonly StoredList[];
}

/**
 * A channel with its version, and where its value lies when the row itself holds it: behind the one named before unless `at` says otherwise. A
 * channel without a version has a value only; `true` is the version of the channel before.
 */
type StoredChannel = readonly [
  channel: string,
  version: string | number | true | null,
  length?: number,
  type?: string,
  at?: number,
];
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
  const own = new Map<string, Slice>();
  const rows: StoredSlice[] = [];
  const lists: StoredList[] = [];
  for (const [channel, place] of places) {
    if (isList(place)) {
      const { seq, at, length, type, version } = place.base;
      if (seq === undefined) throw new Error("A list cannot begin in a row that is not stored yet.");
      lists.push([channel, place.parts.map(({ list, end }) => [list, end]), seq, at, length, shortType(type), version]);
    } else if (place.seq === self) own.set(channel, place);
    else if (place.seq !== undefined) rows.push([channel, place.seq, place.at, place.length, shortType(place.type)]);
  }
  const channels = storedChannels(versions, own);
  const body: StoredBody = {
    v,
    ts: shortTime(ts),
    channels,
    seen: storedSeen(seen, channels),
    ...(rows.length === 0 ? {} : { rows }),
    ...(lists.length === 0 ? {} : { lists }),
  };
  return JSON.stringify(body);
}

/** Reads what `bodyText` wrote into row `seq`. */
export function parseBody(text: string, seq: number): CheckpointBody {
  const { v, ts, channels, seen, rows, lists } = JSON.parse(text) as StoredBody;
  const places = new Map<string, Place>();
  const versions: Record<string, string | number> = {};
  let next = 0;
  let before: string | number = 0;
  for (const [channel, given, length, type = "", at = next] of channels) {
    const version: string | number | null = given === true ? before : given;
    if (version !== null) {
      define(versions, channel, version);
      before = version;
    }
    if (length === undefined) continue;
    places.set(channel, { seq, at, length, type: fullType(type), version: String(versions[channel]) });
    next = at + length;
  }
  for (const [channel, row, at, length, type] of rows ?? [])
    places.set(channel, { seq: row, at, length, type: fullType(type), version: String(versions[channel]) });
  for (const [channel, parts, row, at, length, type, version] of lists ?? []) {
    const base = { seq: row, at, length, type: fullType(type), version };
    places.set(channel, { base, parts: parts.map(([list, end]) => ({ list, end })) });
  }
  return {
    v,
    ts: typeof ts === "number" ? new Date(ts).toISOString() : ts,
    // LangGraph's versions are all numbers, or all texts.
    versions: versions as ChannelVersions,
    seen: parseSeen(seen, channels),
    places,
  };
}

function storedChannels(versions: ChannelVersions, slices: ReadonlyMap<string, Slice>): readonly StoredChannel[] {
  const names = new Set([...Object.keys(versions), ...slices.keys()]);
  let next = 0;
  let before: string | number | null = null;
  return [...names].map((channel): StoredChannel => {
    const own: string | number | null = Object.hasOwn(versions, channel) ? (versions[channel] ?? null) : null;
    const version = own !== null && own === before ? true : own;
    before = own ?? before;
    const slice = slices.get(channel);
    if (slice === undefined) return [channel, version];
    const { at, length, type } = slice;
    const isNext = at === next;
    next = at + length;
    return isNext ? [channel, version, length, shortType(type)] : [channel, version, length, shortType(type), at];
  });
}

function storedSeen(seen: Checkpoint["versions_seen"], channels: readonly StoredChannel[]): StoredBody["seen"] {
  const places = new Map(channels.map(([channel], place) => [channel, place]));
  return Object.entries(seen).map(([node, versions]) => [
    node,
    ...Object.entries(versions).flatMap(([channel, version]) => [places.get(channel) ?? channel, version]),
  ]);
}

function parseSeen(stored: StoredBody["seen"], channels: readonly StoredChannel[]): Checkpoint["versions_seen"] {
  const seen: Record<string, Record<string, string | number>> = {};
  for (const [node = "", ...pairs] of stored) {
    const versions: Record<string, string | number> = {};
    for (let place = 0; place < pairs.length; place += 2) {
      const channel = pairs[place] ?? "";
      define(versions, typeof channel === "number" ? (channels[channel]?.[0] ?? "") : channel, pairs[place + 1] ?? 0);
    }
    define(seen, String(node), versions);
  }
  // As for the versions of the channels.
  return seen as Checkpoint["versions_seen"];
}

/** A name such as `__proto__` must become a property like any other. */
function define<T>(record: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
}

function shortTime(ts: string): number | string {
  const time = Date.parse(ts);
  return Number.isFinite(time) && new Date(time).toISOString() === ts ? time : ts;
}

const USUAL_START = "b1.json.";
const USUAL_TYPE = /^b1\.json\.[0-9a-f]{8}$/u;

/** Most values are written as JSON: of their type the checksum is kept. */
function shortType(type: string): string {
  return USUAL_TYPE.test(type) ? type.slice(USUAL_START.length) : `=${type}`;
}

function fullType(type: string): string {
  return type.startsWith("=") ? type.slice(1) : `${USUAL_START}${type}`;
}
