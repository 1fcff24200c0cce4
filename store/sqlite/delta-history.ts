import type { DeltaChannelHistory } from "@langchain/langgraph-checkpoint";

import type { StateCodec } from "../codec/codec.ts";
import type { Lineage } from "../checkpoints/place.ts";
import { pendingWrite, type WriteRow, type WriteTable } from "./checkpoint-writes.ts";
import { loadValue, type ValueRow, type ValueTable } from "./checkpoint-values.ts";
import { versionsOf, type CheckpointTable } from "./checkpoints.ts";

/** What a channel's value is rebuilt from: the nearest stored value and the writes since, oldest first. */
export interface ChannelRows {
  readonly channel: string;
  readonly seed: (ValueRow & Lineage) | undefined;
  readonly writes: readonly WriteRow[];
}

interface Tables {
  readonly checkpoints: CheckpointTable;
  readonly values: ValueTable;
  readonly writes: WriteTable;
}

/** Walks the ancestors once for all channels, only as far as the farthest seed, and reads all writes on the way at once. Runs inside a transaction. */
export function deltaRows(
  tables: Tables,
  target: Lineage & { readonly parent: string },
  channels: readonly string[],
): ChannelRows[] {
  const path: string[] = [];
  const seeds = new Map<string, { readonly value: ValueRow; readonly depth: number }>();
  for (const ancestor of tables.checkpoints.ancestors(target, target.parent)) {
    path.push(ancestor.id);
    const versions = versionsOf(ancestor);
    for (const channel of channels) {
      const version = seeds.has(channel) || !Object.hasOwn(versions, channel) ? undefined : versions[channel];
      const value = version === undefined ? undefined : tables.values.one(target, channel, version);
      if (value !== undefined) seeds.set(channel, { value, depth: path.length });
    }
    if (seeds.size === channels.length) break;
  }
  const byCheckpoint = Map.groupBy(tables.writes.toChannels(target, path, channels), (row) => row.checkpoint);
  return channels.map((channel) => {
    const seed = seeds.get(channel);
    // The writes stored at the seed's own checkpoint came after its value.
    const since = path.slice(0, seed?.depth ?? path.length).toReversed();
    const writes = since.flatMap((id) => byCheckpoint.get(id) ?? []).filter((row) => row.channel === channel);
    return { channel, seed: seed && { ...seed.value, thread: target.thread, ns: target.ns }, writes };
  });
}

export async function deltaHistory(
  serde: StateCodec,
  rows: readonly ChannelRows[],
): Promise<Record<string, DeltaChannelHistory>> {
  const entries = await Promise.all(
    rows.map(async ({ channel, seed, writes }) => {
      const history: DeltaChannelHistory = {
        writes: await Promise.all(writes.map(async (row) => await pendingWrite(serde, row))),
      };
      if (seed !== undefined) history.seed = await loadValue(serde, seed, seed);
      return [channel, history] as const;
    }),
  );
  return Object.fromEntries(entries);
}
