import type { Clock } from "../core/clock.ts";
import type { StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import { unknownRun } from "./known-run.ts";
import type { RunStatus } from "./run.ts";
import type { Store } from "./store.ts";

export interface FollowOptions {
  /** Number of the event after which to begin. @default 0: from the first */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** How often a run of another process is looked at. */
const PAUSE_MS = 200;

/** Statuses in which a run does not move by itself. */
const RESTING: ReadonlySet<RunStatus> = new Set(["interrupted", "parked", "failed", "completed", "cancelled", "dead"]);

/** Yields a run's events in order, whoever works it, until it comes to rest. Throws `unknown-run`. */
export async function* followRun(
  { store, clock }: { readonly store: Pick<Store, "runs" | "events">; readonly clock: Clock },
  id: RunId,
  { after = 0, signal }: FollowOptions = {},
): AsyncGenerator<StoredEvent> {
  let seen = after;
  while (signal?.aborted !== true) {
    // Read before the events: what the run noted before it came to rest is then seen as well.
    const run = await store.runs.get(id);
    for (const event of await store.events.read(id, seen)) {
      seen = event.seq;
      yield event;
    }
    if (run === undefined && seen === after) throw unknownRun(id);
    if (run === undefined || RESTING.has(run.status)) return;
    await clock.sleep(PAUSE_MS);
  }
}
