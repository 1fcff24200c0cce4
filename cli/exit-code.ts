import type { RunStatus } from "../runs/run.ts";

/** The exit code by which a run's status is told to a shell. */
export function exitCodeOf(status: RunStatus): number {
  switch (status) {
    case "completed":
      return 0;
    case "failed":
    case "dead":
    case "cancelled":
      return 1;
    case "interrupted":
      return 2;
    case "queued":
    case "running":
    case "parked":
      return 75;
    default:
      return status satisfies never;
  }
}
