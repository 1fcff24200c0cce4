import {
  uuid6,
  type BaseCheckpointSaver,
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointTuple,
} from "@langchain/langgraph-checkpoint";

export const LOOP: CheckpointMetadata = { source: "loop", step: 0, parents: {} };

/** What a sample checkpoint holds, and where it stands. */
export interface Sample {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly parent?: string;
  readonly metadata?: object;
}

/** The config that names a thread, or one checkpoint of it. */
export function at(thread: string, id?: string) {
  return { configurable: { thread_id: thread, checkpoint_ns: "", ...(id === undefined ? {} : { checkpoint_id: id }) } };
}

/** A checkpoint in which every channel has a new version. */
export function checkpointOf(values: Readonly<Record<string, unknown>>, id = uuid6(0)): Checkpoint {
  const version = 1 + Math.random();
  const versions = Object.fromEntries(Object.keys(values).map((channel) => [channel, version]));
  return {
    v: 4,
    id,
    ts: "2026-01-01T00:00:00.000Z",
    channel_values: values,
    channel_versions: versions,
    versions_seen: {},
  };
}

/** Stores a sample. */
export async function put(saver: BaseCheckpointSaver, thread: string, sample: Sample) {
  const checkpoint = checkpointOf(sample.values ?? {}, sample.id);
  return await saver.put(
    at(thread, sample.parent),
    checkpoint,
    { ...LOOP, ...sample.metadata },
    checkpoint.channel_versions,
  );
}

/** Stores a checkpoint and the writes of one task after it. */
export async function putWithWrites(saver: BaseCheckpointSaver, thread: string): Promise<void> {
  await saver.putWrites(await put(saver, thread, { values: { title: "ours" } }), [["title", "ours"]], "task-1");
}

/** All checkpoints of a thread, the latest first. */
export async function contents(saver: BaseCheckpointSaver, thread: string): Promise<CheckpointTuple[]> {
  return await Array.fromAsync(saver.list(at(thread)));
}
