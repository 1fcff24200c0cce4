import { BatonError } from "../core/errors.ts";
import type { RunId, ThreadId } from "../core/ids.ts";
import { canonicalJson } from "../core/json.ts";
import type { Fence, Run, RunStatus, Settlement } from "../runs/run.ts";
import type { NewRun } from "../runs/store.ts";

/** The writer no longer holds the run; nothing was stored. */
export function fenced(fence: Fence): BatonError {
  return new BatonError(
    "fenced",
    `Run \`${fence.run}\` is no longer held in epoch ${fence.epoch}: this write was refused and nothing was stored.`,
    {
      hint: `Another process may have taken the run over. Look at it with: baton show ${fence.run}`,
    },
  );
}

/** A run writes its own thread and no other. */
export function notOwnThread(thread: string, own: string): BatonError {
  return new BatonError("fenced", `A run that holds thread \`${own}\` may not write thread \`${thread}\`.`, {
    hint: "Start a run of its own for the other thread.",
  });
}

/** A saver without a fence was asked to write. */
export function onlyReads(thread: string): BatonError {
  return new BatonError("bad-usage", `This checkpoint saver only reads; it was asked to write thread \`${thread}\`.`, {
    hint: "Claim the run and write through the saver of its fence.",
  });
}

export function threadHeld(
  thread: ThreadId,
  holder: { readonly id: RunId; readonly status: RunStatus },
  cause: unknown,
): BatonError {
  return new BatonError(
    "thread-held",
    `Thread \`${thread}\` is held by run \`${holder.id}\`, which is ${holder.status}.`,
    {
      hint: `Let that run finish (baton resume ${holder.id}), cancel it (baton cancel ${holder.id}), or use another thread.`,
      cause,
    },
  );
}

/** What becomes of a run that is cancelled while it waits for its turn. */
export const CANCELLED_WAITING: Settlement = { status: "cancelled", reason: "cancelled before its turn", state: {} };

/** The same request twice is one run, and `known` is returned; another request under the same id throws `run-id-taken`. */
export function sameRun(known: Run, wanted: NewRun): Run {
  const same =
    known.tenant === wanted.tenant &&
    known.workflow === wanted.workflow &&
    known.thread === wanted.thread &&
    canonicalJson(known.input) === canonicalJson(wanted.input);
  if (same) return known;
  throw new BatonError(
    "run-id-taken",
    `Run id \`${wanted.id}\` belongs to a run of workflow \`${known.workflow}\` with another input or thread.`,
    {
      hint: `Use another run id, or look at the existing run with: baton show ${wanted.id}`,
    },
  );
}
