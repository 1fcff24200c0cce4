import { setTimeout as delay } from "node:timers/promises";

/** Time behind one interface, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A timer holds no more than 2^31 milliseconds: a longer wait is slept in parts of this length. */
export const LONGEST_SLEEP_MS = 86_400_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};
