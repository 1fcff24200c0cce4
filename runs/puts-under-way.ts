import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

/** The checkpoints that a saver is storing. */
export interface PutsUnderWay {
  /** Resolves when none is left. */
  ended(): Promise<void>;
}

/** LangGraph does not wait for the checkpoint it is storing when it is stopped: the thread would move on after the run was put down. */
export function putsUnderWay(saver: BaseCheckpointSaver): PutsUnderWay {
  const put = saver.put.bind(saver);
  const open = new Set<Promise<unknown>>();
  saver.put = async (...parts) => {
    const storing = put(...parts);
    open.add(storing);
    try {
      return await storing;
    } finally {
      open.delete(storing);
    }
  };
  return { ended: async () => void (await Promise.allSettled(open)) };
}
