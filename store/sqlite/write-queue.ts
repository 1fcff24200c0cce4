import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";

import type { Clock } from "../../core/clock.ts";
import type { Ticket } from "../ticket.ts";
import { isBusy } from "./database-errors.ts";

export interface WriteQueue {
  /** Runs `work` in an immediate transaction, after all work submitted before. */
  submit<T>(work: () => T): Ticket<T>;
  /** Resolves when nothing is waiting any more. */
  idle(): Promise<void>;
}

export interface WriteQueueOptions {
  readonly clock: Clock;
  /** How long one transaction may wait for the lock. */
  readonly busyMs: number;
  /** Makes the error that callers see out of what SQLite threw. */
  readonly explain: (error: unknown) => unknown;
}

interface Job {
  failed: boolean;
  failure: unknown;
  attempt(): void;
  succeed(): void;
  fail(error: unknown): void;
}

const LONGEST_BATCH = 64;
const LONGEST_PAUSE_MS = 25;

/**
 * The writes of one connection, first come first served. Writes that wait together commit together, so that a fan-out costs one
 * flush to disk; when one of them throws, the batch is rolled back and each runs alone. Work may therefore run more than once
 * and must touch nothing but the database.
 */
export function createWriteQueue(database: DatabaseSync, options: WriteQueueOptions): WriteQueue {
  const waiting: Job[] = [];
  let draining: Promise<void> | undefined;

  function submit<T>(work: () => T): Ticket<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: { readonly value: T } | undefined;
    const job: Job & Ticket<T> = {
      done: promise,
      failed: false,
      failure: undefined,
      attempt() {
        result = { value: work() };
      },
      succeed() {
        if (result !== undefined) resolve(result.value);
      },
      fail(error) {
        job.failed = true;
        job.failure = options.explain(error);
        reject(job.failure);
      },
    };
    waiting.push(job);
    draining ??= drain();
    return job;
  }

  async function drain(): Promise<void> {
    // One turn of the event loop later, so that a step's writes and its checkpoint share a transaction.
    await nextTurn();
    while (waiting.length > 0) {
      await commit(waiting.splice(0, LONGEST_BATCH));
    }
    draining = undefined;
  }

  async function commit(batch: readonly Job[]): Promise<void> {
    const error = await inTransaction(batch);
    if (error === undefined) for (const job of batch) job.succeed();
    else if (batch.length === 1 || isBusy(error.thrown)) for (const job of batch) job.fail(error.thrown);
    else for (const job of batch) await commit([job]);
  }

  async function inTransaction(batch: readonly Job[]): Promise<{ readonly thrown: unknown } | undefined> {
    const deadline = performance.now() + options.busyMs;
    for (let round = 0; ; round += 1) {
      const error = attempt(database, batch);
      if (error === undefined || !isBusy(error.thrown) || performance.now() >= deadline) return error;
      await options.clock.sleep(pauseMs(round));
    }
  }

  return {
    submit,
    async idle() {
      await draining;
    },
  };
}

function attempt(database: DatabaseSync, batch: readonly Job[]): { readonly thrown: unknown } | undefined {
  try {
    database.exec("begin immediate");
    for (const job of batch) job.attempt();
    database.exec("commit");
    return undefined;
  } catch (error) {
    rollBack(database);
    return { thrown: error };
  }
}

function rollBack(database: DatabaseSync): void {
  // SQLite ends the transaction itself on some errors (disk full, input/output).
  if (!database.isTransaction) return;
  try {
    database.exec("rollback");
  } catch {
    // What failed before is the error that counts; a transaction that is still open fails the next write instead of hanging the queue.
  }
}

/** Full jitter: processes that collided once do not collide again in step. */
export function pauseMs(round: number): number {
  return Math.ceil(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** Math.min(round, 10)));
}
