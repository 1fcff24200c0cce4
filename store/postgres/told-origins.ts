import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import type { RunPins } from "../../runs/run.ts";
import { fullPath, fullTask } from "../checkpoints/task-path.ts";
import { parseBody } from "./checkpoint-body.ts";
import type { RunStatement } from "./database.ts";
import { pinnedTexts, unfoldOrigin, type PinnedTexts } from "./folded-origin.ts";
import { pinsOfRuns } from "./sql/folded-origins.ts";
import { channelOf, parseFold } from "./write-entries.ts";

/** A row of a checkpoint, as far as it tells what the tasks before it made their writes from. */
export interface FoldedOriginRow {
  readonly seq: number;
  readonly metadata: string;
  readonly body: string;
  readonly writes: string;
}

/** What one task made its writes from, as a row of `task_writes` holds it. */
export interface ToldOrigin {
  readonly task: string;
  readonly path: string;
  readonly origin: string;
  /** Among the tasks that its row tells of, from 1. */
  readonly place: number;
}

/** Reads from rows of checkpoints of one thread what tasks made their writes from; the answer has their order. */
export async function toldOrigins(
  run: RunStatement,
  thread: string,
  rows: readonly FoldedOriginRow[],
): Promise<readonly (readonly ToldOrigin[])[]> {
  const folds = rows.map(({ writes, ...row }) => ({ ...row, tasks: parseFold(writes) }));
  const runs = folds.flatMap(({ tasks }) =>
    tasks.flatMap(([, , , origin]) => (origin === undefined ? [] : [origin.r ?? thread])),
  );
  const pins = runs.length === 0 ? new Map<string, PinnedTexts>() : await readPins(run, [...new Set(runs)]);
  return folds.map(({ seq, metadata, body, tasks }) => {
    const { versions, seen } = parseBody(body, seq);
    // Stored from this type by `put`.
    const { step } = JSON.parse(metadata) as CheckpointMetadata;
    return tasks.flatMap(([shortId, short, entries, origin], index): ToldOrigin[] => {
      if (origin === undefined) return [];
      const channels = entries.map((entry) => channelOf(entry));
      const place = { thread, path: fullPath(short), channels, versions, seen, step };
      return [
        {
          task: fullTask(shortId),
          path: place.path,
          origin: unfoldOrigin(origin, place, (id) => pins.get(id)),
          place: index + 1,
        },
      ];
    });
  });
}

async function readPins(run: RunStatement, ids: readonly string[]): Promise<Map<string, PinnedTexts>> {
  const rows = await run(pinsOfRuns, [ids]);
  // Stored from this type by `create` and `repin`.
  return new Map(rows.map(({ id, pins }) => [id, pinnedTexts(JSON.parse(pins) as RunPins)]));
}
