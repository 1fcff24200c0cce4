import type { Clock } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";
import type { Signed } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { Registry } from "../graph/registry.ts";
import { HOLDING_STATUSES, type Fence, type Run, type RunStatus } from "./run.ts";
import { restOf } from "./state-at-head.ts";
import type { Store } from "./store.ts";

export interface CancelOptions extends Signed {
  /** How long to wait until the process that holds the run lets go of it. @default three leases */
  readonly patienceMs?: number;
}

export interface CancelParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly owner: string;
  readonly clock: Clock;
  /** How long a silent owner keeps a run. */
  readonly leaseMs: number;
}

const CANCELLABLE: readonly RunStatus[] = [...HOLDING_STATUSES, "dead"];
const LOOK_MS = 100;

/**
 * Cancels a run and waits until it is. A run that nobody holds is put to rest here; the owner of any other one is told at its next renewal. Throws
 * `run-not-cancellable` for a completed run and `run-already-active` when its owner does not let go; it stays marked as to be cancelled.
 */
export async function cancelRun(parts: CancelParts, id: RunId, options: CancelOptions): Promise<Run> {
  const { store, clock } = parts;
  const until = clock.now() + (options.patienceMs ?? 3 * parts.leaseMs);
  let run = await store.runs.requestCancel(id);
  for (;;) {
    if (run.status === "cancelled") return run;
    if (run.status === "completed") throw tooLate(run);
    const outcome = await takeOf(parts, run);
    if (outcome.claimed) return await putDown(parts, { before: run, fence: outcome.fence }, options);
    run = outcome.run;
    if (run.status !== "running") continue;
    if (clock.now() >= until) throw stillHeld(run);
    await clock.sleep(LOOK_MS);
  }
}

async function takeOf({ store, owner, leaseMs }: CancelParts, run: Run) {
  return await store.runs.claim({
    run: run.id,
    owner,
    leaseMs,
    from: CANCELLABLE,
    epoch: run.epoch,
  });
}

export interface Taken {
  /** The run as it was before it was claimed. */
  readonly before: Run;
  readonly fence: Fence;
}

/** Puts a claimed run to rest as cancelled. */
export async function putDown(
  { store, registry }: Pick<CancelParts, "store" | "registry">,
  { before, fence }: Taken,
  { by, reason = "cancelled by hand" }: Signed,
): Promise<Run> {
  const workflow = registry.all.find(({ id }) => id === before.workflow);
  const rest = await restOf(store, before, workflow);
  await store.events.append(fence, [{ type: "run_cancelled", reason, ...(by === undefined ? {} : { by }) }]);
  return await store.runs.settle(fence, { status: "cancelled", reason, ...rest });
}

function tooLate({ id, status }: Run): BatonError {
  return new BatonError("run-not-cancellable", `Run \`${id}\` is \`${status}\`: there is nothing left to cancel.`, {
    hint: `Look at it with: baton show ${id}`,
  });
}

function stillHeld(run: Run & { readonly status: "running" }): BatonError {
  return new BatonError(
    "run-already-active",
    `Run \`${run.id}\` is to be cancelled, but \`${run.owner}\` (epoch ${run.epoch}) has not let go of it yet.`,
    { hint: `It starts no further step. Look again with: baton show ${run.id}` },
  );
}
