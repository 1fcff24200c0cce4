import { LEASE_MS } from "../runs/lease.ts";
import type { Settlement } from "../runs/run.ts";

/** How long a run may be queued before it counts as left behind by whoever queued it. */
export const LEFT_BEHIND_MS = LEASE_MS;

/** In how many milliseconds time alone moves a settled run on; null when only somebody else does. */
export function dueInMs(settlement: Settlement, now: number): number | null {
  switch (settlement.status) {
    case "parked":
      return settlement.nextAt === undefined ? null : Math.max(0, settlement.nextAt - now);
    case "interrupted":
      return settlement.answerWithinMs ?? null;
    case "queued":
    case "failed":
    case "completed":
    case "cancelled":
    case "dead":
      return null;
    default:
      return settlement satisfies never;
  }
}
