import { BatonError, type SerializedError, serializeError } from "../core/errors.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import type { RunId } from "../core/ids.ts";
import { everyRun } from "./every-run.ts";
import { isStoreTrouble } from "./infrastructure.ts";
import type { Run } from "./run.ts";
import { restOf } from "./state-at-head.ts";
import type { Store } from "./store.ts";
import { answerTooLate, type Taking } from "./take.ts";

export interface TickOptions {
  /** At most this many runs are gone on with, and as many fail since nobody answered. @default 10 */
  readonly limit?: number;
}

/** A run whose time has come and that cannot go on all the same: somebody has to see to it. */
export interface RefusedRun {
  readonly run: Run;
  readonly error: SerializedError;
}

/** What a look for due runs came to; `H` is what is known of a run that goes on. */
export interface DueRuns<H> {
  /** Runs that nobody answered in time: they have failed by that. */
  readonly expired: readonly Run[];
  /** Runs that go on in this process now. */
  readonly resumed: readonly H[];
  /** Runs that wait for nothing but somebody who goes on with them, and that this process may not. */
  readonly refused: readonly RefusedRun[];
}

interface GoingOn<H> {
  readonly options: TickOptions;
  /** True when no further run is to be begun. */
  readonly isOver: () => boolean;
  readonly take: (run: Run) => Promise<H>;
}

const MOST_RUNS = 10;

/**
 * Goes on with the runs that time alone has made due, by the clock of the store, the longest due first, and fails those that nobody answered in
 * time. A run that is refused keeps no other from its turn. Several processes may do so at once, as often as they like. Throws what keeps the store
 * from answering.
 */
export async function goOnWithDue<H>(taking: Taking, { options, isOver, take }: GoingOn<H>): Promise<DueRuns<H>> {
  const { store } = taking.shop;
  const { limit = MOST_RUNS } = options;
  const known = new Set(taking.registry.all.map(({ id }) => id));
  const due = await everyDue(store);
  const expired: Run[] = [];
  const resumed: H[] = [];
  const refused: RefusedRun[] = [];
  for (const { id, epoch, isQuestion, workflow } of due) {
    if (isOver()) break;
    if (isQuestion ? expired.length >= limit : resumed.length >= limit || !known.has(workflow)) continue;
    // It is looked at again: much may have happened while others were begun.
    const run = await store.runs.get(id);
    if (run?.epoch !== epoch) continue;
    try {
      if (!isQuestion) resumed.push(await take(run));
      else if (run.status === "interrupted") expired.push(...(await expire(taking, run)));
    } catch (error) {
      if (isStoreTrouble(error)) throw error;
      if (!isAnothersTurn(error)) refused.push({ run, error: serializeError(error) });
    }
  }
  return { expired, resumed, refused };
}

interface DueRun {
  readonly id: RunId;
  readonly workflow: string;
  readonly epoch: number;
  readonly isQuestion: boolean;
  readonly since: number;
}

/** Only what is needed to choose is kept of each: there may be very many, and their states may be large. */
async function everyDue(store: Store): Promise<readonly DueRun[]> {
  const due: DueRun[] = [];
  for await (const run of everyRun(store, { isDue: true })) {
    const { id, workflow, epoch, status } = run;
    due.push({ id, workflow, epoch, isQuestion: status === "interrupted", since: dueSince(run) });
  }
  return due.toSorted((one, other) => one.since - other.since);
}

function dueSince(run: Run): number {
  switch (run.status) {
    case "parked":
      return run.nextAt ?? run.updatedAt;
    case "interrupted":
      return run.updatedAt + (run.answerWithinMs ?? 0);
    case "running":
      return run.leaseUntil;
    case "queued":
    case "failed":
    case "completed":
    case "cancelled":
    case "dead":
      return run.updatedAt;
    default:
      return run satisfies never;
  }
}

/** Fails a run that nobody answered in time, unless somebody did after all. */
async function expire({ shop, registry, owner }: Taking, run: Run): Promise<readonly Run[]> {
  const { store, leases } = shop;
  const { leaseMs } = leases.times;
  const claim = await store.runs.claim({ run: run.id, owner, leaseMs, from: ["interrupted"], epoch: run.epoch });
  if (!claim.claimed) return [];
  const error = serializeError(answerTooLate(run.id, claim.run.updatedAt - run.updatedAt));
  const workflow = registry.all.find(({ id }) => id === run.workflow);
  const rest = await restOf(store, run, workflow);
  await store.events.append(claim.fence, [{ type: "run_failed", error }]);
  return [await store.runs.settle(claim.fence, { status: "failed", error, ...rest })];
}

/** Somebody else goes on with the run, has done so, or is before it on its thread. */
function isAnothersTurn(error: unknown): boolean {
  return BatonError.is(error) && ANOTHERS.has(error.code);
}

const ANOTHERS: ReadonlySet<ErrorCode> = new Set([
  "fenced",
  "lease-lost",
  "run-already-active",
  "run-not-resumable",
  "thread-held",
]);
