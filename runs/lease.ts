import { setTimeout as delay } from "node:timers/promises";

import { BatonError } from "../core/errors.ts";
import { keepRenewed, type LeaseHolder, type LeaseTimes, type Renewing } from "./renewal.ts";
import type { Fence } from "./run.ts";
import type { LeaseTable } from "./store.ts";

/** How long a silent owner keeps a run. */
export const LEASE_MS = 10_000;

/** The lease in use where nothing else is said: three misses in a row fit into it. */
export function leaseTimes(leaseMs = LEASE_MS): LeaseTimes {
  return { leaseMs, renewMs: leaseMs / 4 };
}

/** The hold of this process on one run. */
export interface Lease {
  /**
   * Says by when the nodes under way have to be done, by the clock of the leases; undefined when nothing is awaited. A process whose event loop is
   * still blocked some time after that loses the lease, and ends.
   */
  busyUntil(time: number | undefined): void;
  release(): void;
}

/** Extends the leases of a process. */
export interface LeaseKeeper {
  readonly times: LeaseTimes;
  keep(fence: Fence, holder: LeaseHolder): Lease;
  close(): Promise<void>;
}

export type LeaseClock = Pick<Renewing, "elapsed" | "sleep">;

/** A clock that nobody sets, and that all threads of a process read alike. */
export const leaseClock: LeaseClock = {
  elapsed: () => Number(process.hrtime.bigint() / 1_000_000n),
  async sleep(ms, signal) {
    await delay(ms, undefined, { signal, ref: false });
  },
};

/** Extends leases on the event loop of this thread: a node that keeps it busy loses its run. */
export function leasesHere(leases: LeaseTable, times: LeaseTimes, clock = leaseClock): LeaseKeeper {
  return {
    times,
    keep(fence, holder) {
      const released = new AbortController();
      keepRenewed({ leases, fence, times, ...clock }, holder, released.signal).catch((error: unknown) => {
        holder.expired(error);
      });
      return { busyUntil: () => undefined, release: () => released.abort() };
    },
    close: async () => undefined,
  };
}

/** The error with which a run stops that another process has taken. */
export function leaseLost({ run }: Fence): BatonError {
  return new BatonError("lease-lost", `This process lost its hold on run \`${run}\`: another one has taken it.`, {
    hint: `Look at it with: baton show ${run}`,
  });
}
