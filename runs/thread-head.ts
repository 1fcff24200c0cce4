import type { BaseCheckpointSaver, CheckpointTuple } from "@langchain/langgraph-checkpoint";

import type { Run } from "./run.ts";
import { threadKey } from "./thread-key.ts";

/** The config by which a saver finds a thread's last checkpoint, or a named one, in the workflow's own graph. */
export function checkpointAt(
  key: string,
  checkpoint?: string,
): { configurable: { thread_id: string; checkpoint_ns: string; checkpoint_id?: string } } {
  return {
    configurable: {
      thread_id: key,
      checkpoint_ns: "",
      ...(checkpoint === undefined ? {} : { checkpoint_id: checkpoint }),
    },
  };
}

/** The checkpoint at which a run stands: the last of its thread or, for a fork that has none yet, the one it begins from. */
export async function headOf(saver: BaseCheckpointSaver, run: Run): Promise<CheckpointTuple | undefined> {
  const head = await saver.getTuple(checkpointAt(threadKey(run)));
  const { fork } = run.pins;
  return head ?? (fork === undefined ? undefined : await saver.getTuple(checkpointAt(fork.threadKey, fork.checkpoint)));
}
