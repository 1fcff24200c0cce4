import { type BaseCheckpointSaver, type CheckpointTuple, DeltaSnapshot } from "@langchain/langgraph-checkpoint";

import type { Workflow } from "../graph/workflow.ts";

/** The part of LangGraph's channels that rebuilds a value which is stored as the way to it. */
interface ReplayedChannel {
  fromCheckpoint(seed: unknown): ReplayedChannel;
  replayWrites(writes: unknown): void;
  get(): unknown;
}

/**
 * The values of a checkpoint's delta channels, which are stored as changes since an ancestor. Whole, they can stand in another thread
 * or be changed. A channel that the workflow no longer has cannot be rebuilt: only its own reducer knows how.
 */
export async function wholeValues(
  saver: BaseCheckpointSaver,
  { checkpoint, config }: CheckpointTuple,
  workflow: Workflow,
): Promise<Readonly<Record<string, DeltaSnapshot>>> {
  const channels = Object.entries(workflow.graph.channels).flatMap(([name, channel]) =>
    isReplayed(channel) && name in checkpoint.channel_versions && !(name in checkpoint.channel_values)
      ? [{ name, channel }]
      : [],
  );
  if (channels.length === 0) return {};
  const histories = await saver.getDeltaChannelHistory({ config, channels: channels.map(({ name }) => name) });
  return Object.fromEntries(
    channels.map(({ name, channel }) => {
      const replayed = channel.fromCheckpoint(histories[name]?.seed);
      replayed.replayWrites(histories[name]?.writes ?? []);
      return [name, new DeltaSnapshot(replayed.get())];
    }),
  );
}

function isReplayed(channel: unknown): channel is ReplayedChannel {
  return typeof channel === "object" && channel !== null && "replayWrites" in channel && "fromCheckpoint" in channel;
}

/** True when a field's value has to be stored as a snapshot, because its channel takes a bare value for no value at all. */
export function isDeltaField(workflow: Workflow, name: string): boolean {
  return isReplayed(workflow.graph.channels[name]);
}
