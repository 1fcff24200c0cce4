import type { RunEvent, StoredEvent } from "../core/events.ts";
import type { Fence } from "./run.ts";
import type { EventTable } from "./store.ts";

/** Writes a run's events in order and shows them to whoever follows the run in this process. */
export interface EventLog {
  /** Queues an event; it is stored soon, in order. A failure to store surfaces at the next `flush()`. */
  emit(event: RunEvent): void;
  /** Resolves when everything emitted so far is stored; throws what storing threw. */
  flush(): Promise<void>;
  /** Yields the run's stored events after number `after`, live, until the log is closed. */
  follow(after: number): AsyncIterable<StoredEvent>;
  close(): void;
}

export function createEventLog(events: EventTable, fence: Fence): EventLog {
  const queue: RunEvent[] = [];
  let writing: Promise<void> = Promise.resolve();
  let scheduled = false;
  let closed = false;
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  function write(): Promise<void> {
    scheduled = true;
    writing = writing.then(async () => {
      scheduled = false;
      const batch = queue.splice(0);
      if (batch.length > 0) await events.append(fence, batch);
      announce();
    });
    return writing;
  }

  return {
    emit(event) {
      queue.push(event);
      // The failure stays in `writing`, where `flush()` finds it; nothing is written after it.
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
    close() {
      closed = true;
      announce();
    },
  };
}
