import { BatonError, serializeError } from "../core/errors.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Answer } from "./answer.ts";
import type { Engine, Standing } from "./engine.ts";
import type { EventLog } from "./event-log.ts";
import { isFenced, troubleOf } from "./infrastructure.ts";
import type { FailedAt, Rest, Settlement } from "./run.ts";
import type { Stop } from "./stop.ts";
import { isUnused } from "./stored-answer.ts";

export interface Resting {
  /** The answer with which the run went on, if it was told to stop since: perhaps before any node saw it. */
  readonly drained?: Answer | undefined;
  /** Undefined when the run could not even be begun. */
  readonly engine: Engine | undefined;
  readonly log: EventLog;
  readonly workflow: Workflow;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Why the run is parked, and not handed over, when its graph has not come to its end. */
  readonly parkReason?: string | undefined;
}

const CUT_OFF = "its store could not be written for longer than its lease";

/** Where a run that worked without an error came to rest. */
export async function restAfterWork({
  engine,
  log,
  workflow,
  drained,
  parkReason,
}: Resting & { readonly engine: Engine }): Promise<Settlement> {
  const standing = await engine.standing();
  const { interrupts, next } = standing;
  const rest = restAt(standing);
  if (drained !== undefined && isUnused(drained, standing)) return handedOver(log, standing);
  if (interrupts.length > 0) {
    log.emit({ type: "run_interrupted", interrupts: interrupts.map(({ id, value }) => ({ id, value })) });
    const { answerTimeoutMs } = workflow;
    return {
      status: "interrupted",
      interrupts,
      ...(answerTimeoutMs === undefined ? {} : { answerWithinMs: answerTimeoutMs }),
      ...rest,
    };
  }
  if (next.length > 0)
    return parkReason === undefined ? handedOver(log, standing) : parked(log, rest, { reason: parkReason });
  log.emit({ type: "run_completed" });
  return { status: "completed", ...rest };
}

/** Where a run came to rest that was stopped, or whose work threw; `failure` is what a node threw and where. */
export async function restAfterFailure(
  resting: Resting,
  stop: Exclude<Stop, { kind: "lost" }> | undefined,
  failure: { readonly error: unknown } & FailedAt,
): Promise<Settlement> {
  const { engine, log, workflow, now } = resting;
  const rest = await restNow(engine);
  switch (stop?.kind) {
    case "budget":
      return parked(log, rest, { reason: stop.reason });
    case "asked":
      return parked(log, rest, { reason: "stopped before it was finished" });
    case "cut-off":
      // Where the thread stands may not be known: what was sent last was perhaps stored.
      return parked(log, { state: rest.state }, { reason: CUT_OFF, nextAt: now });
    case "cancelled": {
      const reason = stop.reason ?? "cancelled by hand";
      log.emit({ type: "run_cancelled", reason, ...(stop.by === undefined ? {} : { by: stop.by }) });
      return { status: "cancelled", reason, ...rest };
    }
    case "overdue":
      return failed(log, rest, { ...failure, error: stop.error });
    case undefined: {
      const trouble = troubleOf(failure.error, now);
      return trouble === undefined
        ? failed(log, rest, { ...failure, error: explain(failure.error, workflow) })
        : parked(log, rest, trouble);
    }
    default:
      return stop satisfies never;
  }
}

function handedOver(log: EventLog, standing: Standing): Settlement {
  log.emit({ type: "run_handed_over", reason: "this process is going away" });
  const { checkpoint } = restAt(standing);
  return { status: "queued", ...(checkpoint === undefined ? {} : { checkpoint }) };
}

function parked(log: EventLog, rest: Rest, why: { readonly reason: string; readonly nextAt?: number }): Settlement {
  log.emit({ type: "run_parked", ...why });
  return { status: "parked", ...why, ...rest };
}

function failed(log: EventLog, rest: Rest, { error, step, node }: { readonly error: unknown } & FailedAt): Settlement {
  const serialized = serializeError(error);
  log.emit({ type: "run_failed", error: serialized });
  return {
    status: "failed",
    error: serialized,
    ...(step === undefined ? {} : { step }),
    ...(node === undefined ? {} : { node }),
    ...rest,
  };
}

function restAt({ state, checkpoint }: Standing): Rest {
  return { state, ...(checkpoint === undefined ? {} : { checkpoint }) };
}

/**
 * A thread that cannot be read must not keep its run from coming to rest, whatever is thrown: LangGraph throws here where tasks of one step wrote
 * what cannot be joined, and so does a reducer of the user's. The run's own error says what went wrong. What keeps a database from answering keeps the settlement from being stored, and is thrown by that.
 */
async function restNow(engine: Engine | undefined): Promise<Rest> {
  if (engine === undefined) return { state: {} };
  try {
    return restAt(await engine.standing());
  } catch (error) {
    if (isFenced(error)) throw error;
    return { state: {} };
  }
}

function explain(error: unknown, workflow: Workflow): unknown {
  if (!(error instanceof Error) || error.name !== "GraphRecursionError") return error;
  return new BatonError(
    "recursion-limit",
    `Workflow \`${workflow.id}\` took ${workflow.maxSteps} steps without reaching its end.`,
    {
      hint: "Resume it to allow as many steps again, raise `maxSteps` of the workflow, or mend the loop.",
      cause: error,
    },
  );
}
