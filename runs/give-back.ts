import { BatonError } from "../core/errors.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { FailedAt, Fence, Rest, Run, Settlement } from "./run.ts";
import { restOf } from "./state-at-head.ts";
import type { Store } from "./store.ts";

interface Return {
  /** The run as it was before it was claimed. */
  readonly before: Run;
  readonly fence: Fence;
  /** Why it is given back. */
  readonly error: unknown;
}

/** A run that was claimed and then refused is again what it was. */
export async function giveBack(
  { store, workflow }: { readonly store: Store; readonly workflow: Workflow },
  { before, fence, error }: Return,
): Promise<void> {
  try {
    await store.runs.settle(fence, await formerRest({ store, workflow }, before, error));
  } catch (failure) {
    // Its lease ends by itself; the refusal is what the caller has to know.
    if (!BatonError.is(failure)) throw failure;
  }
}

async function formerRest(
  { store, workflow }: { readonly store: Store; readonly workflow: Workflow },
  before: Run,
  error: unknown,
): Promise<Settlement> {
  if (BatonError.is(error) && error.code === "answer-too-late") {
    const { name, message, code } = error;
    return { status: "failed", error: { name, message, code }, ...(await restOf(store, before, workflow)) };
  }
  if (before.status !== "running") return settlementOf(before);
  const rest = await restOf(store, before, workflow);
  return { status: "parked", reason: "taken over and put down again", ...rest };
}

/** What a run became when its last owner let go of it. */
export function settlementOf(run: Exclude<Run, { readonly status: "running" }>): Settlement {
  switch (run.status) {
    case "queued": {
      const { status, checkpoint } = run;
      return { status, ...(checkpoint === undefined ? {} : { checkpoint }) };
    }
    case "interrupted": {
      const { status, interrupts, answerWithinMs } = run;
      return { status, interrupts, ...(answerWithinMs === undefined ? {} : { answerWithinMs }), ...leftBy(run) };
    }
    case "parked": {
      const { status, reason, nextAt } = run;
      return { status, reason, ...(nextAt === undefined ? {} : { nextAt }), ...leftBy(run) };
    }
    case "failed": {
      const { status, error } = run;
      return { status, error, ...placeOf(run), ...leftBy(run) };
    }
    case "completed":
      return { status: run.status, ...leftBy(run) };
    case "cancelled":
      return { status: run.status, reason: run.reason, ...leftBy(run) };
    case "dead": {
      const { status, error, epochs } = run;
      return { status, error, epochs, ...placeOf(run), ...leftBy(run) };
    }
    default:
      return run satisfies never;
  }
}

function leftBy({ state, checkpoint }: Rest): Rest {
  return { state, ...(checkpoint === undefined ? {} : { checkpoint }) };
}

function placeOf({ step, node }: FailedAt): FailedAt {
  return { ...(step === undefined ? {} : { step }), ...(node === undefined ? {} : { node }) };
}
