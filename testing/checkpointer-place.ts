import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

/** A place where checkpoints are kept, as the processes that share it see it. Empty at first. */
export interface CheckpointerPlace {
  /**
   * What a process does that starts on the place, set-up included. `beforeStatement` is to be called before each statement that the process sends to
   * its database (or before each call of a saver without one); when it throws, the statement must not be sent.
   */
  start(beforeStatement?: () => void): Promise<CheckpointerProcess>;
  remove(): Promise<void>;
}

export interface CheckpointerProcess {
  /** The saver with which this process goes on with a thread, from now on it and no other. A saver that knows no owners takes nothing. */
  take(thread: string): Promise<BaseCheckpointSaver>;
  /** A saver to read with. */
  reader(): Promise<BaseCheckpointSaver>;
  /** Ends the process, whatever it was doing. */
  stop(): Promise<void>;
}

/** One thing that a checkpointer must get right. `run` rejects when it does not. Runs under every test runner. */
export interface CheckpointerCase {
  readonly title: string;
  run(place: CheckpointerPlace): Promise<void>;
}

/** Starts a process, and ends it after the work. */
export async function inProcess<T>(
  place: CheckpointerPlace,
  work: (process: CheckpointerProcess) => Promise<T>,
  beforeStatement?: () => void,
): Promise<T> {
  const process = await place.start(beforeStatement);
  try {
    return await work(process);
  } finally {
    await process.stop();
  }
}

/** Sets the clock by which this thread makes its ids, while the work is done. */
export async function atSkew<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const now = Date.now;
  Date.now = () => now.call(Date) + ms;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}
