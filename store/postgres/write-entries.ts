import { fullPath, fullTask } from "../checkpoints/task-path.ts";
import type { FoldedOrigin } from "./folded-origin.ts";
import type { WritesAfterRow } from "./sql/writes-after.ts";

/** What a task wrote, as stored: the value itself, or where the checkpoint that was made of it keeps the same bytes. */
export type WriteEntry =
  | { readonly idx: number; readonly channel: string; readonly type: string; readonly data: Uint8Array }
  | { readonly idx: number; readonly channel: string; readonly checkpoint: string }
  | { readonly idx: number; readonly channel: string; readonly list: number; readonly start: number };

/** As it stands in the body of a row of `task_writes`. */
export type StoredEntry =
  | readonly [idx: number, channel: string, type: string, length: number]
  | readonly [idx: number, channel: string, checkpoint: string]
  | readonly [idx: number, channel: string, list: number, start: number];

/** What one task handed over at once after a checkpoint. */
export interface TaskWritesRow {
  /** The order in which writes were stored; writes stored in the row of a checkpoint have one number. */
  readonly seq: number;
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  readonly entries: readonly WriteEntry[];
}

/** The entries of a row of `task_writes`; their bytes stand one behind the other in its data. */
export function parseEntries(body: string, data: Uint8Array): WriteEntry[] {
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

/**
 * What tasks wrote after the checkpoint before, in the row of the one that was made of it: mostly the values that the row holds anyway. Bytes
 * that only a task wrote lie behind the row's own from `at` on.
 */
export type StoredFold = readonly [tasks: readonly FoldedTask[], at?: number, length?: number];
export type FoldedTask = readonly [
  /** In short, as the path. */
  task: string,
  path: string,
  entries: readonly FoldedEntry[],
  /** What the writes were made from. */
  origin?: FoldedOrigin,
];
/** A channel alone is the write of that place in the list, and its value the row's own. */
export type FoldedEntry =
  | string
  | readonly [idx: number, channel: string]
  | readonly [idx: number, channel: string, list: number, start: number]
  | readonly [idx: number, channel: string, type: string, length: number];

/** A checkpoint's row as far as it tells what was written after the one before; `data` are the bytes that only tasks wrote. */
export interface FoldedRow {
  readonly seq: number;
  /** The checkpoint of the row. */
  readonly child: string;
  /** The one before. */
  readonly checkpoint: string;
  readonly writes: string;
  readonly data: Uint8Array;
}

/** The writes as if each task had a row of its own. */
export function unfolded({ seq, child, checkpoint, writes, data }: FoldedRow): TaskWritesRow[] {
  let at = 0;
  return parseFold(writes).map(([task, path, stored]) => {
    const entries = stored.map((entry, place): WriteEntry => {
      if (typeof entry === "string") return { idx: place, channel: entry, checkpoint: child };
      const [idx, channel, third, fourth] = entry;
      if (third === undefined || fourth === undefined) return { idx, channel, checkpoint: child };
      if (typeof third === "number") return { idx, channel, list: third, start: fourth };
      const bytes = data.subarray(at, at + fourth);
      at += fourth;
      return { idx, channel, type: third, data: bytes };
    });
    return { seq, checkpoint, task: fullTask(task), path: fullPath(path), entries };
  });
}

export function parseFold(writes: string): readonly FoldedTask[] {
  // Written by `withWrites`.
  return (JSON.parse(writes) as StoredFold)[0];
}

/** What tasks wrote after checkpoints, from wherever it lies. */
export function writesFrom(rows: readonly WritesAfterRow[]): TaskWritesRow[] {
  return rows.flatMap(({ seq, checkpoint, task, path, body, child, data }) =>
    child === null
      ? [{ seq, checkpoint, task: task ?? "", path: path ?? "", entries: parseEntries(body, data) }]
      : unfolded({ seq, checkpoint, child, writes: body, data }),
  );
}

export function channelOf(entry: FoldedEntry): string {
  return typeof entry === "string" ? entry : entry[1];
}
