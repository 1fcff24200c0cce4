import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { Fence } from "./run.ts";
import type { EventTable } from "./store.ts";

/** Writes a run's events in order and shows them to whoever follows the run in this process. */
export interface EventLog {
  /** Queues an event; it is stored soon, in order. What could not be stored waits for the next `flush()`. */
  emit(event: RunEvent): void;
  /** Resolves when everything emitted so far is stored; throws what storing threw. */
  flush(): Promise<void>;
  /** Yields the run's stored events after number `after`, live, until the log is closed. */
  follow(after: number): AsyncIterable<StoredEvent>;
  /** Number of the last event that was emitted, stored or not. */
  emitted(): number;
  close(): void;
}

/** `after` is the number of the run's last event so far. */
export function createEventLog(events: EventTable, fence: Fence, after: number): EventLog {
  const queue: RunEvent[] = [];
  let writing: Promise<void> = Promise.resolve();
  let stored = after;
  let scheduled = false;
  let unsure = false;
  let closed = false;
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  async function store(): Promise<void> {
    scheduled = false;
    const batch = [...queue];
    if (batch.length === 0) return;
    const known = unsure ? await countStored(batch) : 0;
    unsure = true;
    await events.append(fence, batch.slice(known));
    unsure = false;
    queue.splice(0, batch.length);
    stored += batch.length;
    announce();
  }

  /** A write that failed may have been stored all the same: nobody else writes events of a held run. */
  async function countStored(batch: readonly RunEvent[]): Promise<number> {
    const found = (await events.read(fence.run, stored)).map(({ seq: _seq, at: _at, ...event }) => event);
    return JSON.stringify(found) === JSON.stringify(batch.slice(0, found.length)) ? found.length : 0;
  }

  function write(): Promise<void> {
    scheduled = true;
    // What failed is still in the queue and goes first.
    writing = writing.then(store, store);
    return writing;
  }

  return {
    emit(event) {
      queue.push(event);
      // Seen by the next `flush()`, which tries again.
      if (!scheduled) void write().catch(() => undefined);
    },
    flush: () => (queue.length > 0 && !scheduled ? write() : writing),
    async *follow(after) {
      let seen = after;
      while (true) {
        const next = changed.promise;
        const ended = closed;
        for (const event of await events.read(fence.run, seen)) {
          seen = event.seq;
          yield event;
        }
        if (ended) return;
        await next;
      }
    },
    emitted: () => stored + queue.length,
    close() {
      closed = true;
      announce();
    },
  };
}
