import {
  maxChannelVersion,
  TASKS,
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointTuple,
} from "@langchain/langgraph-checkpoint";

import type { StateCodec } from "../codec/codec.ts";
import { configOf, type Lineage } from "../checkpoints/place.ts";
import { pendingWrite, type WriteRow, type WriteTable } from "./checkpoint-writes.ts";
import { loadValue, type ValueRow, type ValueTable } from "./checkpoint-values.ts";
import { bodyOf, versionsOf, type CheckpointRow } from "./checkpoints.ts";

/** All rows of one checkpoint, read in one snapshot. */
export interface StoredCheckpoint {
  readonly row: CheckpointRow;
  readonly values: readonly ValueRow[];
  readonly writes: readonly WriteRow[];
  /** For checkpoints of a format before 4: the packets that later formats keep in a channel. */
  readonly parentSends: readonly WriteRow[] | undefined;
}

/** Gathers the rows; runs inside a transaction. */
export function gather(
  row: CheckpointRow,
  tables: { readonly values: ValueTable; readonly writes: WriteTable },
): StoredCheckpoint {
  const lineage: Lineage = row;
  const old = bodyOf(row).v < 4 && row.parent !== null;
  return {
    row,
    values: tables.values.of(lineage, versionsOf(row)),
    writes: tables.writes.of(lineage, row.id),
    parentSends:
      old && row.parent !== null
        ? tables.writes.of(lineage, row.parent).filter(({ channel }) => channel === TASKS)
        : undefined,
  };
}

/** Turns rows into what LangGraph works with. */
export async function tupleFrom(serde: StateCodec, stored: StoredCheckpoint): Promise<CheckpointTuple> {
  const { row } = stored;
  const [checkpoint, pendingWrites] = await Promise.all([
    checkpointFrom(serde, stored),
    Promise.all(stored.writes.map(async (write) => await pendingWrite(serde, write))),
  ]);
  return {
    config: configOf(row, row.id),
    checkpoint,
    // Stored from this type by `put`.
    metadata: JSON.parse(row.metadata) as CheckpointMetadata,
    pendingWrites,
    ...(row.parent === null ? {} : { parentConfig: configOf(row, row.parent) }),
  };
}

async function checkpointFrom(serde: StateCodec, { row, values, parentSends }: StoredCheckpoint): Promise<Checkpoint> {
  const body = bodyOf(row);
  const entries = await Promise.all(
    values.map(async (value) => [value.channel, await loadValue(serde, row, value)] as const),
  );
  const checkpoint: Checkpoint = {
    v: body.v,
    id: body.id,
    ts: body.ts,
    channel_values: Object.fromEntries(entries),
    channel_versions: versionsOf(row),
    versions_seen: body.versions_seen,
  };
  if (parentSends === undefined) return checkpoint;
  return withSends(
    checkpoint,
    await Promise.all(parentSends.map(async (send) => (await pendingWrite(serde, send))[2])),
  );
}

function withSends(checkpoint: Checkpoint, sends: readonly unknown[]): Checkpoint {
  const versions = Object.values(checkpoint.channel_versions);
  return {
    ...checkpoint,
    channel_values: { ...checkpoint.channel_values, [TASKS]: sends },
    channel_versions: {
      ...checkpoint.channel_versions,
      [TASKS]: versions.length > 0 ? maxChannelVersion(...versions) : 1,
    },
  };
}
