import {
  compareWritesSortKeys,
  WRITES_IDX_MAP,
  writesSortKey,
  type PendingWrite,
} from "@langchain/langgraph-checkpoint";

import type { StoredProvenance } from "../../core/provenance.ts";
import type { StateCodec } from "../codec/codec.ts";
import { placeOfWrite } from "../codec/place.ts";
import type { NewTaskWrites } from "./commit.ts";
import type { PutPlan } from "./put-plan.ts";
import type { StoredEntry, TaskWritesRow, WriteEntry } from "./write-entries.ts";

export interface TaskOrigin {
  readonly lineage: string;
  readonly checkpoint: string;
  readonly task: string;
  readonly path: string;
  /** What the writes were made from. */
  readonly origin: StoredProvenance | null;
}

/** What a task hands over at once; special channels (errors, interrupts, answers) have fixed negative places. */
export async function writeEntries(
  serde: StateCodec,
  writes: readonly PendingWrite[],
  { checkpoint, task }: Pick<TaskOrigin, "checkpoint" | "task">,
): Promise<NewEntry[]> {
  return await Promise.all(
    writes.map(async ([channel, content], index) => {
      const idx = WRITES_IDX_MAP[channel] ?? index;
      const [type, data] = await serde.dumpsTyped(content, placeOfWrite({ checkpoint, task, channel, idx }));
      return { idx, channel, type, data, content };
    }),
  );
}

/** An entry with the value that it was made of. */
export type NewEntry = Extract<WriteEntry, { readonly data: Uint8Array }> & { readonly content: unknown };

/** The same writes without the bytes that the checkpoint made of them stores as well. */
export function sharing(
  entries: readonly WriteEntry[],
  { row, stored }: Pick<PutPlan, "row" | "stored">,
): WriteEntry[] {
  return entries.map((entry) => {
    const piece = stored.get(entry.channel);
    if (piece === undefined || !("data" in entry) || entry.idx < 0) return entry;
    if (piece.type !== entry.type || (piece.data !== entry.data && Buffer.compare(piece.data, entry.data) !== 0))
      return entry;
    const { idx, channel } = entry;
    return piece.segment === undefined ? { idx, channel, checkpoint: row.id } : { idx, channel, ...piece.segment };
  });
}

export function writesRow({ origin, ...task }: TaskOrigin, entries: readonly WriteEntry[]): NewTaskWrites {
  const stored = entries.map((entry): StoredEntry => {
    if ("data" in entry) return [entry.idx, entry.channel, entry.type, entry.data.byteLength];
    if ("checkpoint" in entry) return [entry.idx, entry.channel, entry.checkpoint];
    return [entry.idx, entry.channel, entry.list, entry.start];
  });
  return {
    ...task,
    origin: origin === null ? null : JSON.stringify(origin),
    body: JSON.stringify(stored),
    data: Buffer.concat(entries.flatMap((entry) => ("data" in entry ? [entry.data] : []))),
  };
}

/**
 * All that tasks wrote after a checkpoint, in the order in which live execution applies it. A result, once stored, stays; an error, an
 * interrupt or an answer replaces the one before it.
 */
export function appliedWrites(rows: readonly TaskWritesRow[]): StoredWrite[] {
  const writes = new Map<string, StoredWrite>();
  for (const row of rows.toSorted((a, b) => a.seq - b.seq)) {
    for (const entry of row.entries) {
      const key = JSON.stringify([row.checkpoint, row.task, entry.idx]);
      if (entry.idx >= 0 && writes.has(key)) continue;
      writes.set(key, { after: row.checkpoint, task: row.task, path: row.path, entry });
    }
  }
  return [...writes.values()].toSorted((a, b) =>
    compareWritesSortKeys(writesSortKey(a.path, a.task, a.entry.idx), writesSortKey(b.path, b.task, b.entry.idx)),
  );
}

/** One write with the checkpoint it came after and the task it came from. */
export interface StoredWrite {
  readonly after: string;
  readonly task: string;
  readonly path: string;
  readonly entry: WriteEntry;
}
