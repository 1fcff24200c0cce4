import type { Clock } from "../core/clock.ts";
import type { StoredEvent } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import type { LiveEvent } from "../core/live-events.ts";
import { type FollowOptions, followRun } from "./follow.ts";
import { type RunOutcome, outcomeOf } from "./history.ts";
import type { LiveOptions } from "./live.ts";
import type { Run } from "./run.ts";
import type { Execution } from "./runner.ts";
import type { Store } from "./store.ts";

/** A run that was started or resumed here. */
export interface RunHandle {
  readonly id: RunId;
  /** Events from this start or resume on, live; with `after`, those after that number. Ends when the run comes to rest. */
  events(options?: FollowOptions): AsyncIterable<StoredEvent>;
  /**
   * The events of this start or resume on, together with what `live` of its options asked for. That is shown once, as it happens: who begins to
   * look late has missed it.
   */
  live(): AsyncIterable<LiveEvent>;
  /** What the run came to. A failed run is an outcome, not a rejection; rejects when the outcome could not be stored. */
  result(): Promise<RunOutcome>;
}

interface Source {
  readonly store: Store;
  readonly clock: Clock;
}

/** The handle of a run that is worked in this process. */
export function handleAtWork(
  source: Source,
  id: RunId,
  { execution, live }: { readonly execution: Execution; readonly live: LiveOptions | undefined },
): RunHandle {
  return {
    id,
    events: (follow) => (follow === undefined ? execution.events() : followRun(source, id, follow)),
    live() {
      if (live === undefined) throw nothingWatched(id);
      return execution.live();
    },
    result: async () => outcomeOf(await execution.settled, await source.store.events.read(id, 0)),
  };
}

/** The handle of a run with which nothing is done here. */
export function handleAtRest(source: Source, run: Run): RunHandle {
  return {
    id: run.id,
    async *events(options) {
      if (options !== undefined) yield* followRun(source, run.id, options);
    },
    async *live() {
      // Nothing happens in it.
    },
    result: async () => outcomeOf(run, await source.store.events.read(run.id, 0)),
  };
}

function nothingWatched(run: RunId): BatonError {
  return new BatonError(
    "bad-usage",
    `Nothing of run \`${run}\` is watched: it was started or resumed without \`live\`.`,
    {
      hint: "Say what is to be shown: baton.start(id, input, { live: { text: true } }); events() needs nothing.",
    },
  );
}
