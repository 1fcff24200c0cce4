import { setImmediate as nextTurn } from "node:timers/promises";

import { fenced } from "../run-refusals.ts";
import type { Ticket } from "../ticket.ts";
import type { Commit, Committed } from "./commit.ts";
import { commitParameters } from "./commit-parameters.ts";
import { closed, type Database } from "./database.ts";
import { isPassing } from "./database-errors.ts";
import { commitStatement, type CommitResult } from "./sql/commit.ts";
import { storedMarks } from "./sql/stored-marks.ts";

/** All writes of runs through one door: what waits together is stored by one statement. */
export interface CommitQueue {
  /** Stores after all commits of the same lane that were submitted before. Fails with `fenced` when the fence does not hold. */
  submit(lane: string, commit: Commit): QueuedCommit;
}

export interface QueuedCommit extends Ticket<Committed> {
  /** Takes the commit out of the queue again; undefined when it was sent already. Whoever takes it has to say what became of it. */
  withdraw(): Pick<Job, "succeed" | "fail"> | undefined;
}

interface Job extends QueuedCommit {
  readonly lane: string;
  readonly commit: Commit;
  succeed(result: Committed): void;
  fail(error: unknown): void;
}

const LONGEST_BATCH = 64;
/** A statement that takes longer holds up other runs no more: the next one starts beside it. */
const SLOW_MS = 25;
const MOST_STATEMENTS = 4;

export function createCommitQueue(database: Database): CommitQueue {
  let waiting: Job[] = [];
  const busyLanes = new Set<string>();
  const running = new Set<{ slow: boolean }>();
  let turn: Promise<void> | undefined;
  let open = true;
  const idle = Promise.withResolvers<void>();

  database.beforeClose(async () => {
    open = false;
    settleIdle();
    await idle.promise;
  });

  function settleIdle(): void {
    if (!open && waiting.length === 0 && running.size === 0) idle.resolve();
  }

  function withdraw(job: Job): Job | undefined {
    const place = waiting.indexOf(job);
    if (place === -1) return undefined;
    waiting.splice(place, 1);
    return job;
  }

  function submit(lane: string, commit: Commit): QueuedCommit {
    const job: Job = newJob({ lane, commit, withdraw: () => withdraw(job) });
    if (!open) job.fail(closed(database.shown));
    else waiting.push(job);
    // One turn of the event loop later, so that a step's writes and its checkpoint share a statement.
    turn ??= nextTurn().then(() => {
      turn = undefined;
      start();
    });
    return job;
  }

  function start(): void {
    while (waiting.length > 0 && running.size < MOST_STATEMENTS && [...running].every(({ slow }) => slow)) {
      const batch = take();
      if (batch.length === 0) break;
      void store(batch);
    }
    settleIdle();
  }

  /** The jobs that wait longest, but none of a lane of which one is under way: a lane's order must stay. */
  function take(): Job[] {
    const batch = waiting.filter(({ lane }) => !busyLanes.has(lane)).slice(0, LONGEST_BATCH);
    const taken = new Set(batch);
    waiting = waiting.filter((job) => !taken.has(job));
    return batch;
  }

  async function store(batch: readonly Job[]): Promise<void> {
    const mine = { slow: false };
    running.add(mine);
    for (const { lane } of batch) busyLanes.add(lane);
    const timer = setTimeout(() => {
      mine.slow = true;
      start();
    }, SLOW_MS);
    try {
      await commitBatch(database, batch);
    } finally {
      clearTimeout(timer);
      running.delete(mine);
      for (const { lane } of batch) busyLanes.delete(lane);
      start();
    }
  }

  return { submit };
}

function newJob(parts: Pick<Job, "lane" | "commit" | "withdraw">): Job {
  const { promise, resolve, reject } = Promise.withResolvers<Committed>();
  const job = {
    ...parts,
    done: promise,
    failed: false,
    failure: undefined as unknown,
    succeed: resolve,
    fail(error: unknown) {
      job.failed = true;
      job.failure = error;
      reject(error);
    },
  };
  return job;
}

/** Every job ends here, well or not. When one of them spoils the statement, each gets one of its own, in their order. */
async function commitBatch(database: Database, batch: readonly Job[]): Promise<void> {
  const ready = batch.filter((job) => isReady(job));
  if (ready.length === 0) return;
  try {
    const results = await database.persist(
      async (attempt) => await attemptCommit(database, ready, { again: attempt > 0 }),
    );
    for (const [index, job] of ready.entries()) {
      const result = results.get(index + 1);
      if (result !== undefined) job.succeed(result);
      else if (job.commit.fence !== undefined) job.fail(fenced(job.commit.fence));
      else job.fail(new Error("A commit without a fence was not carried out."));
    }
  } catch (error) {
    if (ready.length === 1 || isPassing(error instanceof Error ? (error.cause ?? error) : error))
      for (const job of ready) job.fail(error);
    else for (const job of ready) await commitBatch(database, [job]);
  }
}

function isReady(job: Job): boolean {
  try {
    job.commit.ready?.();
    return true;
  } catch (error) {
    job.fail(error);
    return false;
  }
}

async function attemptCommit(
  database: Database,
  jobs: readonly Job[],
  { again }: { readonly again: boolean },
): Promise<Map<number, Committed>> {
  const commits = jobs.map(({ commit }) => commit);
  const stored = again ? await alreadyStored(database, commits) : new Map<number, Committed>();
  const left = commits.flatMap((commit, index) => (stored.has(index + 1) ? [] : [{ commit, job: index + 1 }]));
  if (left.length === 0) return stored;
  const { shape, values } = commitParameters(left.map(({ commit }) => commit));
  const rows: readonly CommitResult[] = await database.once(commitStatement(shape), values);
  for (const { job, seq } of rows) {
    const found = left[job - 1];
    if (found !== undefined) stored.set(found.job, { seq: seq ?? undefined });
  }
  return stored;
}

/** After an error of the connection nobody knows whether the statement was carried out: looks for what it would have stored. */
async function alreadyStored(database: Database, commits: readonly Commit[]): Promise<Map<number, Committed>> {
  const rows = await database.once(storedMarks, [
    commits.map(({ fence }) => fence?.run ?? null),
    commits.map(({ mark }) => mark),
    commits.map(({ checkpoint }) => checkpoint?.lineage ?? null),
    commits.map(({ checkpoint }) => checkpoint?.id ?? null),
    commits.map(({ checkpoint }) => checkpoint?.body ?? null),
  ]);
  return new Map(rows.map(({ job, seq }) => [job, { seq: seq ?? undefined }]));
}
