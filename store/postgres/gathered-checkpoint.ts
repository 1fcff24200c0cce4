import type { Lineage } from "../checkpoints/place.ts";
import type { GatheredRow } from "./sql/read-checkpoint.ts";
import { storedCheckpointOf, type StoredCheckpoint } from "./stored-values.ts";
import { appliedWrites, type StoredWrite } from "./task-writes.ts";
import { parseEntries, unfolded, type TaskWritesRow } from "./write-entries.ts";

/** One checkpoint with everything that belongs to it, as its rows hold it. */
export interface GatheredCheckpoint extends StoredCheckpoint {
  readonly writes: readonly StoredWrite[];
}

/** Sorts the rows of one checkpoint; undefined when there is no such checkpoint. */
export function gatherRows(lineage: Lineage, rows: readonly GatheredRow[]): GatheredCheckpoint | undefined {
  const stored = storedCheckpointOf(lineage, rows);
  if (stored === undefined) return undefined;
  const { id: checkpoint } = stored;
  const writes = rows.flatMap(({ kind, n1: seq, t1, t2, t3, data }): TaskWritesRow[] => {
    if (kind === "writes")
      return [{ seq, checkpoint, task: t1 ?? "", path: t2 ?? "", entries: parseEntries(t3 ?? "[]", data) }];
    return kind === "folded" ? unfolded({ seq, checkpoint, child: t1 ?? "", writes: t3 ?? "[[]]", data }) : [];
  });
  return { ...stored, writes: appliedWrites(writes) };
}
