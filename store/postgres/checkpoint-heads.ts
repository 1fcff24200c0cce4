import type { RunnableConfig } from "@langchain/core/runnables";
import type { CheckpointListOptions, CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import { filterTexts } from "../checkpoints/filter.ts";
import { configOf, text } from "../checkpoints/place.ts";
import type { Database } from "./database.ts";
import { lineageId } from "./lineage.ts";
import { listCheckpoints, listLineage, type ListedRow } from "./sql/list-checkpoints.ts";

/** A stored checkpoint without its state. */
export interface CheckpointHead {
  readonly config: RunnableConfig;
  readonly parentConfig: RunnableConfig | undefined;
  readonly metadata: CheckpointMetadata;
  /** When it was stored, in milliseconds since the epoch, by the database's clock. */
  readonly storedAt: number;
}

const PAGE = 100;

/** The checkpoints that a listing asks for, the one stored last first. */
export async function* listHeads(
  database: Database,
  config: RunnableConfig,
  options: CheckpointListOptions,
): AsyncGenerator<CheckpointHead> {
  const read = pageReader(database, config, options);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let before: number | undefined;
  while (left > 0) {
    const limit = Math.min(left, PAGE);
    const rows = await read(before, limit);
    for (const row of rows) yield headFrom(row);
    if (rows.length < limit) return;
    left -= rows.length;
    before = rows.at(-1)?.seq;
  }
}

type PageReader = (before: number | undefined, limit: number) => Promise<readonly ListedRow[]>;

function pageReader(database: Database, config: RunnableConfig, options: CheckpointListOptions): PageReader {
  const thread = text(config, "thread_id");
  const ns = text(config, "checkpoint_ns");
  const id = text(config, "checkpoint_id");
  const border = text(options.before, "checkpoint_id");
  const filter = filterTexts(options.filter ?? {});
  if (thread !== undefined && ns !== undefined && id === undefined && border === undefined && filter.length === 0) {
    const lineage = lineageId({ thread, ns });
    return async (before, limit) => {
      const rows = await database.query(listLineage, [lineage, before ?? null, limit]);
      return rows.map((row) => ({ ...row, lineage, thread, ns }));
    };
  }
  return async (before, limit) =>
    await database.query(listCheckpoints, [
      thread ?? null,
      ns ?? null,
      id ?? null,
      border ?? null,
      text(options.before, "thread_id") ?? thread ?? null,
      filter.map(([key]) => key),
      filter.map(([, value]) => value),
      limit,
      before ?? null,
    ]);
}

function headFrom({ thread, ns, id, parent, metadata, at }: ListedRow): CheckpointHead {
  return {
    config: configOf({ thread, ns }, id),
    parentConfig: parent === null ? undefined : configOf({ thread, ns }, parent),
    // Stored from this type by `put`.
    metadata: JSON.parse(metadata) as CheckpointMetadata,
    storedAt: at,
  };
}
