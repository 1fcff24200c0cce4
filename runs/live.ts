import type { StoredEvent } from "../core/events.ts";
import type { GraphEvent, LiveEvent, TextEvent } from "../core/live-events.ts";
import type { EventLog } from "./event-log.ts";

/** What is shown of a run that is worked here, beside its events. LangGraph's modes are `values`, `updates`, `custom`, `messages` and others. */
export interface LiveOptions {
  /** Shows the text of answers while they arrive; models that stream are asked to. @default false */
  readonly text?: boolean;
  /** Modes of LangGraph's own stream to be shown as well. @default none */
  readonly modes?: readonly string[];
}

type Shown = TextEvent | GraphEvent;

/** What a run shows and does not store, in its place among the events. */
export interface LiveFeed {
  show(event: Shown): void;
  follow(after: number): AsyncIterable<LiveEvent>;
}

interface Waiting {
  /** Number of the event after which it was shown. */
  readonly after: number;
  readonly event: Shown;
}

/** So much is kept for a follower who is only about to begin. */
const MOST_EARLY = 1000;

/** Makes the feed of one execution. Who begins to follow late sees the stored events, and of the rest what is still to come. */
export function liveFeed(log: EventLog): LiveFeed {
  const followers = new Set<(waiting: Waiting) => void>();
  let early: Waiting[] | undefined = [];
  return {
    show(event) {
      const entry: Waiting = { after: log.emitted(), event };
      for (const tell of followers) tell(entry);
      if (early === undefined || followers.size > 0) return;
      append(early, entry);
      if (early.length > MOST_EARLY) early = undefined;
    },
    async *follow(after) {
      const waiting = early ?? [];
      early = undefined;
      let changed = Promise.withResolvers<void>();
      const tell = (entry: Waiting): void => {
        append(waiting, entry);
        changed.resolve();
      };
      followers.add(tell);
      const events = log.follow(after)[Symbol.asyncIterator]();
      try {
        let seen = after;
        let next: Promise<IteratorResult<StoredEvent>> | undefined;
        while (true) {
          next ??= events.next();
          const first = waiting[0];
          if (first !== undefined && first.after <= seen) {
            waiting.shift();
            yield first.event;
            continue;
          }
          const arrived = await Promise.race([next, changed.promise]);
          changed = Promise.withResolvers<void>();
          if (arrived === undefined) continue;
          next = undefined;
          if (arrived.done === true) return yield* waiting.map(({ event }) => event);
          seen = arrived.value.seq;
          yield arrived.value;
        }
      } finally {
        followers.delete(tell);
        await events.return?.();
      }
    },
  };
}

/** A follower that is slow finds the pieces of a text joined: what waits is no longer than the text. */
function append(waiting: Waiting[], entry: Waiting): void {
  const last = waiting.at(-1);
  const { after, event } = entry;
  if (
    last?.after === after &&
    last.event.type === "text_received" &&
    event.type === "text_received" &&
    last.event.taskId === event.taskId &&
    last.event.path === event.path
  )
    waiting[waiting.length - 1] = { after, event: { ...last.event, text: last.event.text + event.text } };
  else waiting.push(entry);
}
