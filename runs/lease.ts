import { BatonError } from "../core/errors.ts";
import type { Fence } from "./run.ts";
import type { RunTable } from "./store.ts";

/** How long a silent owner keeps a run. */
export const LEASE_MS = 10_000;
/** How often the lease is extended: three misses in a row fit into it. */
export const RENEW_MS = 2_500;

export interface Lease {
  /** Aborts with `lease-lost` when the run now belongs to someone else. */
  readonly signal: AbortSignal;
  release(): void;
}

/** Keeps extending the lease of a claimed run until it is released or found to be lost. */
export function keepLease(runs: Pick<RunTable, "renew">, fence: Fence): Lease {
  const controller = new AbortController();
  let renewedAt = performance.now();

  async function renew(): Promise<void> {
    try {
      if ((await runs.renew(fence, LEASE_MS)).held) renewedAt = performance.now();
      else lose(undefined);
    } catch (error) {
      // A busy store is no loss yet; a lease that ran out meanwhile is.
      if (performance.now() - renewedAt > LEASE_MS) lose(error);
    }
  }

  function lose(cause: unknown): void {
    clearInterval(timer);
    controller.abort(
      new BatonError(
        "lease-lost",
        `This process lost its hold on run \`${fence.run}\`; another one may have taken it.`,
        {
          hint: `Look at it with: baton show ${fence.run}`,
          cause,
        },
      ),
    );
  }

  const timer = setInterval(() => void renew(), RENEW_MS);
  return {
    signal: controller.signal,
    release: () => clearInterval(timer),
  };
}
