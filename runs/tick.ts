import { BatonError, serializeError } from "../core/errors.ts";
import { LEASE_MS } from "./lease.ts";
import type { Run, RunStatus } from "./run.ts";
import { restOf } from "./state-at-head.ts";
import { answerTooLate, type Taking } from "./take.ts";

export interface TickOptions {
  /** At most this many runs are gone on with. @default 10 */
  readonly limit?: number;
}

const MOST_RUNS = 10;
/** Statuses in which a run goes on when its time has come. */
const CONTINUED: readonly RunStatus[] = ["parked", "running", "queued"];

/** What time alone has made due. */
export interface Due {
  /** Runs whose time for an answer was over; they have failed by that. */
  readonly expired: readonly Run[];
  /** Runs that wait for nothing but somebody who goes on with them. */
  readonly ready: readonly Run[];
}

/**
 * Looks, by the clock of the store, for runs that time alone has made due, and fails those that nobody answered in time. Several processes may do
 * so at once, as often as they like.
 */
export async function lookForDue(
  { shop: { store }, registry, owner }: Pick<Taking, "shop" | "registry" | "owner">,
  { limit = MOST_RUNS }: TickOptions,
): Promise<Due> {
  const known = new Map(registry.all.map((workflow) => [workflow.id, workflow]));
  const expired: Run[] = [];
  for (const run of await store.runs.list({ isDue: true, status: "interrupted", limit })) {
    const claim = await store.runs.claim({
      run: run.id,
      owner,
      leaseMs: LEASE_MS,
      from: ["interrupted"],
      epoch: run.epoch,
    });
    // Somebody answered it after all.
    if (!claim.claimed) continue;
    const error = serializeError(answerTooLate(run.id, claim.run.updatedAt - run.updatedAt));
    const rest = await restOf(store, run, known.get(run.workflow));
    await store.events.append(claim.fence, [{ type: "run_failed", error }]);
    expired.push(await store.runs.settle(claim.fence, { status: "failed", error, ...rest }));
  }
  const due = await Promise.all(CONTINUED.map(async (status) => await store.runs.list({ isDue: true, status, limit })));
  const ready = due.flat().filter(({ workflow }) => known.has(workflow));
  return { expired, ready: ready.toSorted((one, other) => one.updatedAt - other.updatedAt).slice(0, limit) };
}

/** Why a run that is due may not be gone on with all the same: it is somebody else's, or somebody has to see to it first. */
export function isNoTurn(error: unknown): boolean {
  return BatonError.is(error) && error.code !== "internal-error";
}
