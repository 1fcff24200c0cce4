import type { Ticket } from "../ticket.ts";
import type { Lineage } from "./place.ts";

/** A task's writes, from the moment they were asked for until they are on disk. */
export interface TaskWrites<T extends Ticket<unknown>> {
  /** Their place in the queue; undefined until they stand there. */
  readonly ticket: T | undefined;
  /** Resolves when they stand in the queue, or will never stand there. */
  queued(): Promise<void>;
  /** Throws their own error once they are known to have failed. */
  rethrow(): void;
}

export interface TaskPlace extends Lineage {
  readonly checkpoint: string;
  readonly task: string;
}

/** Keeps the writes that a checkpoint must not overtake. */
export interface CheckpointOrder<T extends Ticket<unknown>> {
  /** Registers writes at the moment they are asked for; `enqueue` puts them into the queue once they are serialised. */
  follow(place: TaskPlace, enqueue: () => Promise<T>): Promise<void>;
  /** The writes of a lineage, or of a whole thread, that are under way or were lost. */
  ahead(thread: string, ns?: string): readonly TaskWrites<T>[];
}

/**
 * LangGraph does not await a task's writes before it stores the checkpoint of the step. A checkpoint on disk without them would make
 * a step look finished whose writes are lost. So a checkpoint waits for the writes asked for before it, and is refused when they
 * failed: writes that failed stay in the way until the same task stores them again.
 */
export function checkpointOrder<T extends Ticket<unknown>>(): CheckpointOrder<T> {
  const unsettled = new Map<string, { readonly place: TaskPlace; readonly writes: TaskWrites<T> }>();

  return {
    async follow(place, enqueue) {
      const key = JSON.stringify([place.thread, place.ns, place.checkpoint, place.task]);
      const entered = enqueue();
      const entry = { place, writes: taskWrites(entered) };
      unsettled.set(key, entry);
      const ticket = await entered;
      await ticket.done;
      if (unsettled.get(key) === entry) unsettled.delete(key);
    },
    ahead: (thread, ns) =>
      [...unsettled.values()]
        .filter(({ place }) => place.thread === thread && (ns === undefined || place.ns === ns))
        .map(({ writes }) => writes),
  };
}

function taskWrites<T extends Ticket<unknown>>(entered: Promise<T>): TaskWrites<T> {
  let ticket: T | undefined;
  let failure: { readonly error: unknown } | undefined;
  const queued = entered.then(
    (found) => {
      ticket = found;
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  return {
    get ticket() {
      return ticket;
    },
    queued: async () => await queued,
    rethrow() {
      if (failure !== undefined) throw failure.error;
      if (ticket?.failed === true) throw ticket.failure;
    },
  };
}
