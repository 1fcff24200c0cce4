/** Where a value is stored: names it in errors, and binds an encrypted value to its row. */
export interface BlobPlace {
  readonly channel: string;
  /** Whatever makes the row unique and is known again when it is read; an encrypted value opens only with the same words. */
  readonly binding?: readonly string[];
}

/** The place of a channel's value in one version; every saver uses it, so that an encrypted value opens in its own thread only. */
export function placeOfValue(row: {
  readonly thread: string;
  readonly ns: string;
  readonly channel: string;
  readonly version: string;
}): BlobPlace {
  return { channel: row.channel, binding: ["value", row.thread, row.ns, row.version] };
}

/** The place of what a list grew by: the list it was appended to, and after how many items. */
export function placeOfSegment(row: {
  readonly thread: string;
  readonly ns: string;
  readonly channel: string;
  readonly list: number;
  readonly start: number;
}): BlobPlace {
  return { channel: row.channel, binding: ["segment", row.thread, row.ns, String(row.list), String(row.start)] };
}

/** The place of one write of a task; a checkpoint's id belongs to one thread. */
export function placeOfWrite(row: {
  readonly checkpoint: string;
  readonly task: string;
  readonly idx: number;
  readonly channel: string;
}): BlobPlace {
  return { channel: row.channel, binding: ["write", row.checkpoint, row.task, String(row.idx)] };
}

/** One step on the way into a value: a property, or an index of an array. */
export type PathSegment = string | number;

/** Writes the way into a value as a reader would: `state.facts[3].when`. */
export function pathText(place: BlobPlace | undefined, segments: readonly PathSegment[]): string {
  return rootOf(place) + segments.map(segmentText).join("");
}

/** The channel in words, for a message: channel `facts`. */
export function placeText(place: BlobPlace | undefined): string {
  return place === undefined ? "a stored value" : `channel \`${place.channel}\``;
}

/** The input of a run travels as one value in a channel of its own, and is the state to the reader. */
function rootOf(place: BlobPlace | undefined): string {
  if (place === undefined) return "value";
  return place.channel === "__start__" ? "state" : `state${segmentText(place.channel)}`;
}

function segmentText(segment: PathSegment): string {
  if (typeof segment === "number") return `[${segment}]`;
  return /^[A-Za-z_$][\w$]*$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}
