/** What a task wrote, as stored: the value itself, or where the checkpoint that was made of it keeps the same bytes. */
export type WriteEntry =
  | { readonly idx: number; readonly channel: string; readonly type: string; readonly data: Uint8Array }
  | { readonly idx: number; readonly channel: string; readonly checkpoint: string }
  | { readonly idx: number; readonly channel: string; readonly list: number; readonly start: number };

/** As it stands in the body of a row. */
export type StoredEntry =
  | readonly [idx: number, channel: string, type: string, length: number]
  | readonly [idx: number, channel: string, checkpoint: string]
  | readonly [idx: number, channel: string, list: number, start: number];

/** A row of `task_writes` as statements return it. */
export interface TaskWritesRow {
  readonly seq: number;
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  readonly body: string;
  readonly data: Uint8Array;
}

/** The writes of a row; their bytes stand one behind the other in its data. */
export function entriesOf({ body, data }: TaskWritesRow): WriteEntry[] {
  let at = 0;
  // Written by `writesRow`.
  return (JSON.parse(body) as StoredEntry[]).map((stored): WriteEntry => {
    const [idx, channel, third, fourth] = stored;
    if (fourth === undefined) return { idx, channel, checkpoint: String(third) };
    if (typeof third === "number") return { idx, channel, list: third, start: fourth };
    const entry = { idx, channel, type: third, data: data.subarray(at, at + fourth) };
    at += fourth;
    return entry;
  });
}
