import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

import type { Clock } from "../core/clock.ts";
import { ParkRequest } from "../core/errors.ts";

/** How far this machine's clock may be behind the last checkpoint and simply be waited for. */
const MOST_BEHIND_MS = 1_000;

/**
 * Waits until the clock has passed a time that was written, if that is near; else resolves with how far it is behind, in milliseconds. A time that
 * is none says nothing.
 */
export async function waitPast(written: string, clock: Clock): Promise<number | undefined> {
  const behindMs = Date.parse(written) - clock.now();
  if (!(behindMs >= 0)) return undefined;
  if (behindMs >= MOST_BEHIND_MS) return behindMs;
  await clock.sleep(behindMs + 1);
  return undefined;
}

/**
 * Holds a run whose clock is set back while it works: LangGraph makes the ids of checkpoints of the time, and other readers of the thread order
 * by them. A little is waited for; for more, the run is parked until the clock is where it was. What its nodes have done is kept.
 */
export function holdClock(saver: BaseCheckpointSaver, clock: Clock): void {
  const put = saver.put.bind(saver);
  let newest = "";
  saver.put = async (config, checkpoint, ...rest) => {
    const { ts } = checkpoint;
    if (ts < newest) {
      const behindMs = await waitPast(newest, clock);
      if (behindMs !== undefined) throw setBack(behindMs, newest);
    }
    const stored = await put(config, checkpoint, ...rest);
    if (ts > newest) newest = ts;
    return stored;
  };
}

function setBack(behindMs: number, newest: string): ParkRequest {
  return new ParkRequest(`the clock of this machine was set back by ${(behindMs / 1000).toFixed(1)} s during the run`, {
    nextAt: Date.parse(newest),
    hint: "Set the clock right (NTP) and resume the run.",
  });
}
