import type { Clock } from "../../core/clock.ts";
import { isPassing } from "./database-errors.ts";

export interface RetryOptions {
  readonly clock: Clock;
  /** How long to go on trying. */
  readonly forMs: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Repeats work that fails in a way that passes, until it succeeds or the time is over. The work must be repeatable: after such a failure
 * nobody knows whether the database carried it out. `attempt` counts from 0.
 */
export async function retrying<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const deadline = performance.now() + options.forMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isPassing(error) || performance.now() >= deadline) throw error;
    }
    await options.clock.sleep(pauseMs(attempt));
  }
}

/** Full jitter, so that workers that lost the server together do not come back together. */
function pauseMs(attempt: number): number {
  return Math.ceil(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10)));
}
