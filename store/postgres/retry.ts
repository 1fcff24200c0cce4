import type { Clock } from "../../core/clock.ts";
import { isPassing } from "./database-errors.ts";

export interface RetryOptions {
  readonly clock: Clock;
  /** How long to go on trying. */
  readonly forMs: number;
  /** Which failures to try again after. @default those that pass */
  readonly passes?: (error: unknown) => boolean;
  /** When it aborts, only a few more seconds. */
  readonly closing?: AbortSignal;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** How long a store that is closed waits for a server that does not answer. */
export const CLOSING_MS = 5_000;

/**
 * Repeats work that fails in a way that passes, until it succeeds or the time is over. The work must be repeatable: after such a failure
 * nobody knows whether the database carried it out. `attempt` counts from 0.
 */
export async function retrying<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const until = performance.now() + options.forMs;
  try {
    return await work(0);
  } catch (error) {
    return await tryAgain(work, options, { error, until });
  }
}

async function tryAgain<T>(
  work: (attempt: number) => Promise<T>,
  { clock, passes = isPassing, closing }: RetryOptions,
  first: { readonly error: unknown; readonly until: number },
): Promise<T> {
  let { error, until: deadline } = first;
  const hurry = (): void => {
    deadline = Math.min(deadline, performance.now() + CLOSING_MS);
  };
  if (closing?.aborted === true) hurry();
  closing?.addEventListener("abort", hurry, { once: true });
  try {
    for (let attempt = 0; ; attempt += 1) {
      if (!passes(error) || performance.now() >= deadline) throw error;
      await pause(clock, pauseMs(attempt), closing);
      try {
        return await work(attempt + 1);
      } catch (next) {
        error = next;
      }
    }
  } finally {
    closing?.removeEventListener("abort", hurry);
  }
}

/** Ends at once when there is no time left for pauses. */
async function pause(clock: Clock, ms: number, closing: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, closing);
  } catch (error) {
    if (closing?.aborted !== true) throw error;
    await clock.sleep(FIRST_PAUSE_MS);
  }
}

/** Full jitter, so that workers that lost the server together do not come back together. */
function pauseMs(attempt: number): number {
  return Math.ceil(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10)));
}
