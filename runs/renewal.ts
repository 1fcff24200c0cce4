import type { Fence } from "./run.ts";
import type { LeaseTable } from "./store.ts";

export interface LeaseTimes {
  /** How long a silent owner keeps a run. */
  readonly leaseMs: number;
  /** How often the lease is extended. */
  readonly renewMs: number;
}

export interface Renewing {
  readonly leases: LeaseTable;
  readonly fence: Fence;
  readonly times: LeaseTimes;
  /** Milliseconds on a clock that nobody sets. */
  elapsed(): number;
  /** Ends early, by throwing, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What an owner has to know about its lease. */
export interface LeaseHolder {
  /** The run belongs to someone else. */
  lost(): void;
  /** The lease ran out before it could be extended; whether somebody has taken the run since is not known. */
  expired(cause: unknown): void;
  /** Somebody wants the run cancelled. */
  cancelled(): void;
}

/**
 * Extends a lease until it is released (by the signal) or lost. A store that does not answer is no loss yet; a lease that ran out meanwhile is,
 * by this process's own clock, whatever the store would say later.
 */
export async function keepRenewed(work: Renewing, holder: LeaseHolder, released: AbortSignal): Promise<void> {
  const { leases, fence, times } = work;
  let renewedAt = work.elapsed();
  let told = false;
  let failure: unknown;

  async function renewOnce(): Promise<"kept" | "lost"> {
    const askedAt = work.elapsed();
    try {
      const answer = await leases.renew(fence, times.leaseMs);
      if (!answer.held) return "lost";
      renewedAt = askedAt;
      if (answer.cancelRequested && !told) {
        told = true;
        if (!released.aborted) holder.cancelled();
      }
    } catch (error) {
      failure = error;
    }
    return "kept";
  }

  const isOver = (): boolean => work.elapsed() - renewedAt >= times.leaseMs;
  try {
    while (!released.aborted) {
      await work.sleep(times.renewMs, released);
      const left = Math.max(0, renewedAt + times.leaseMs - work.elapsed());
      const outcome = await Promise.race([renewOnce(), work.sleep(left, released).then(() => "kept" as const)]);
      if (released.aborted) return;
      if (outcome === "lost") return holder.lost();
      if (isOver()) return holder.expired(failure);
    }
  } catch (error) {
    if (!released.aborted) throw error;
  }
}
