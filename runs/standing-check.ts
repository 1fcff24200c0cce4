import type { BaseCheckpointSaver, CheckpointTuple } from "@langchain/langgraph-checkpoint";

import type { Clock } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";
import { waitPast } from "./clock-guard.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";
import { checkpointAt, headOf } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";

/**
 * Looks at where a run stands before it is taken. A thread that cannot be read is left alone, with a way around the damage, and a clock that is
 * behind the one by which the thread was written is waited for: LangGraph's ids are made of it. Throws `checkpoint-unreadable`,
 * `encryption-key-unknown` and `clock-behind`; the run stays as it is.
 */
export async function checkStanding(store: Store, run: Run, clock: Clock): Promise<void> {
  const thread: string = run.thread;
  if (run.epoch === 0 && run.pins.fork === undefined && thread === run.id) return;
  const saver = await store.reader();
  const head = await readHead({ store, saver, run });
  if (head !== undefined) await refuseBehind(head, run, clock);
}

interface Thread {
  readonly store: Store;
  readonly saver: BaseCheckpointSaver;
  readonly run: Run;
}

async function readHead(place: Thread): Promise<CheckpointTuple | undefined> {
  try {
    return await headOf(place.saver, place.run);
  } catch (error) {
    if (!BatonError.is(error) || error.code !== "checkpoint-unreadable") throw error;
    const step = await lastReadableStep(place);
    const { id } = place.run;
    throw new BatonError("checkpoint-unreadable", `Run \`${id}\` cannot go on: ${error.message}`, {
      hint:
        step === undefined
          ? "Restore the store from a backup; none of its earlier checkpoints can be read. Other runs are not affected."
          : `The checkpoint before step ${step} can be read; begin there with: baton fork ${id} --step ${step}. Other runs are not affected.`,
      cause: error,
    });
  }
}

/** The step that a fork can begin with: the one after the newest checkpoint that can be read. */
async function lastReadableStep({ store, saver, run }: Thread): Promise<number | undefined> {
  const committed = (await store.events.read(run.id, 0)).toReversed();
  for (const event of committed) {
    if (event.type !== "step_committed" || event.checkpoint === undefined || event.step < 0) continue;
    try {
      const found = await saver.getTuple(checkpointAt(threadKey(run), event.checkpoint));
      if (found !== undefined) return event.step + 1;
    } catch (error) {
      if (!BatonError.is(error)) throw error;
    }
  }
  return undefined;
}

async function refuseBehind({ checkpoint }: CheckpointTuple, run: Run, clock: Clock): Promise<void> {
  const behindMs = await waitPast(checkpoint.ts, clock);
  if (behindMs === undefined) return;
  throw new BatonError(
    "clock-behind",
    `This machine's clock is ${(behindMs / 1000).toFixed(1)} s behind the one by which run \`${run.id}\` was written last.`,
    { hint: `Set the clock right (NTP) and try again: baton resume ${run.id}` },
  );
}
