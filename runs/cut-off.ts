import { ParkRequest } from "../core/errors.ts";
import type { LeaseClock } from "./lease.ts";
import type { Fence } from "./run.ts";
import type { StopSwitch } from "./stop.ts";

/** How many leases long a process that is cut off from its store tries to store what became of a run: a minute, unless the lease is another. */
const PATIENCE_LEASES = 6;

/** What a run that its process could not keep, or not put down, is stopped with: the store did not answer, or took no writes. */
export function cutOff({ run }: Fence, cause: unknown): ParkRequest {
  return new ParkRequest(`Run \`${run}\` is parked: its store cannot be written.${wordsOf(cause)}`, {
    hint: `Nothing that was finished is lost. Once the store is back, go on with: baton resume ${run}`,
    cause,
  });
}

/** The error of another thread comes as plain data. */
function wordsOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return "";
  return typeof cause.message === "string" ? ` ${cause.message}` : "";
}

export interface Patience {
  readonly leaseMs: number;
  readonly clock: LeaseClock;
}

/**
 * What the work comes to, unless its process is cut off from the store for too long: then whoever waits hears that, and what is still being
 * tried ends by itself.
 */
export async function orGiveUp<T>(work: Promise<T>, stop: StopSwitch, { leaseMs, clock }: Patience): Promise<T> {
  const ended = new AbortController();
  const { promise: givenUp, reject } = Promise.withResolvers<never>();

  function onStop(): void {
    const { pulled } = stop;
    if (pulled?.kind !== "cut-off") return;
    clock.sleep(PATIENCE_LEASES * leaseMs, ended.signal).then(
      () => reject(pulled.error),
      // The work has ended.
      () => undefined,
    );
  }

  stop.signal.addEventListener("abort", onStop, { once: true });
  if (stop.signal.aborted) onStop();
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    stop.signal.removeEventListener("abort", onStop);
    ended.abort();
  }
}
