import type { Checkpoint } from "@langchain/langgraph-checkpoint";

import { shortPath, shortTask } from "../checkpoints/task-path.ts";
import type { NewCheckpoint } from "./commit.ts";
import type { PutPlan } from "./put-plan.ts";
import { foldOrigin, type PinnedTexts } from "./folded-origin.ts";
import { sharing, type TaskOrigin } from "./task-writes.ts";
import type { FoldedEntry, FoldedTask, StoredFold, WriteEntry } from "./write-entries.ts";

/** What a task handed over, before it is known in which row it will lie. */
export interface HandedOver {
  readonly origin: TaskOrigin;
  readonly entries: readonly WriteEntry[];
}

export interface FoldPlace {
  readonly thread: string;
  readonly checkpoint: Checkpoint;
  readonly step: number;
  readonly pinned: PinnedTexts | undefined;
}

/** The row with the writes in it. All of them came after the checkpoint of which the row is made. */
export function withWrites(
  { row, stored }: PutPlan,
  handed: readonly HandedOver[],
  { thread, checkpoint, step, pinned }: FoldPlace,
): NewCheckpoint {
  if (handed.length === 0) return row;
  const extra: Uint8Array[] = [];
  const { channel_versions: versions, versions_seen: seen } = checkpoint;
  const tasks = handed.map(({ origin: { task, path, origin }, entries }): FoldedTask => {
    const shared = sharing(entries, { row, stored });
    const folded = shared.map((entry, place) => foldedEntry(entry, { place, extra }));
    const names = [shortTask(task), shortPath(path), folded] as const;
    if (origin === null) return names;
    const channels = entries.map(({ channel }) => channel);
    return [...names, foldOrigin(origin, { thread, path, channels, versions, seen, step }, pinned)];
  });
  const length = extra.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const fold: StoredFold = length === 0 ? [tasks] : [tasks, row.data.byteLength, length];
  return {
    ...row,
    writes: JSON.stringify(fold),
    data: length === 0 ? row.data : Buffer.concat([row.data, ...extra]),
  };
}

function foldedEntry(
  entry: WriteEntry,
  { place, extra }: { readonly place: number; readonly extra: Uint8Array[] },
): FoldedEntry {
  const { idx, channel } = entry;
  if ("checkpoint" in entry) return idx === place ? channel : [idx, channel];
  if ("list" in entry) return [idx, channel, entry.list, entry.start];
  extra.push(entry.data);
  return [idx, channel, entry.type, entry.data.byteLength];
}
