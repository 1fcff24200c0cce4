import { LONGEST_SLEEP_MS } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";
import type { Lease, LeaseClock } from "./lease.ts";
import type { Run } from "./run.ts";
import type { StopSwitch } from "./stop.ts";

/** How long a node may take where nothing else is said. */
export const NODE_TIMEOUT_MS = 600_000;

export interface DeadlineOptions {
  readonly run: Run;
  /** How long one node may take, over all its attempts. */
  readonly nodeTimeoutMs: number;
  readonly lease: Lease;
  readonly stop: StopSwitch;
  readonly clock: LeaseClock;
}

/** Watches that the nodes of a run, and the run as a whole, are done in time. */
export interface Deadlines {
  began(taskId: string, node: string): void;
  ended(taskId: string): void;
  /** The run as a whole has moved on. */
  moved(): void;
  close(): void;
}

interface Due {
  readonly at: number;
  readonly error: () => BatonError;
}

/**
 * Stops the run when a node or the run is overdue. That alone would not reach a node that blocks the event loop: the same time is told to the lease,
 * whose thread then ends the process.
 */
export function watchDeadlines({ run, nodeTimeoutMs, lease, stop, clock }: DeadlineOptions): Deadlines {
  const open = new Map<string, Due>();
  const closed = new AbortController();
  let movedAt = clock.elapsed();
  // The store set the run's time at the claim by its own clock, so only what is left of it counts here.
  const runDue: Due | undefined =
    run.deadlineAt === undefined
      ? undefined
      : { at: clock.elapsed() + run.deadlineAt - run.updatedAt, error: () => runOverdue(run) };

  function next(): Due {
    const idle: Due = { at: movedAt + nodeTimeoutMs, error: () => nodeOverdue(run, undefined, nodeTimeoutMs) };
    const nodes = open.size === 0 ? [idle] : [...open.values()];
    const all = runDue === undefined ? nodes : [...nodes, runDue];
    return all.reduce((first, due) => (due.at < first.at ? due : first));
  }

  function arm(): void {
    lease.busyUntil(closed.signal.aborted || stop.signal.aborted ? undefined : next().at);
  }

  async function watch(): Promise<void> {
    while (!closed.signal.aborted && !stop.signal.aborted) {
      const due = next();
      const left = due.at - clock.elapsed();
      if (left <= 0) stop.pull({ kind: "overdue", error: due.error() });
      else await clock.sleep(Math.min(left, LONGEST_SLEEP_MS), closed.signal);
    }
    arm();
  }

  arm();
  // Ends with the sleep that closing interrupts.
  watch().catch(() => undefined);
  return {
    began(taskId, node) {
      const at = clock.elapsed() + nodeTimeoutMs;
      if (!open.has(taskId)) open.set(taskId, { at, error: () => nodeOverdue(run, node, nodeTimeoutMs) });
      arm();
    },
    ended(taskId) {
      open.delete(taskId);
      movedAt = clock.elapsed();
      arm();
    },
    moved() {
      movedAt = clock.elapsed();
      arm();
    },
    close() {
      closed.abort();
      arm();
    },
  };
}

function nodeOverdue({ id }: Run, node: string | undefined, limitMs: number): BatonError {
  const what = node === undefined ? `Run \`${id}\`` : `Node \`${node}\` of run \`${id}\``;
  return new BatonError("node-timed-out", `${what} was not done after ${limitMs / 1000} s.`, {
    hint: "Resume the run to try again, or raise `nodeTimeoutMs` of the workflow.",
  });
}

function runOverdue({ id, deadlineAt, updatedAt }: Run): BatonError {
  const limit =
    deadlineAt === undefined ? "" : ` (${Math.round((deadlineAt - updatedAt) / 1000)} s were left to this process)`;
  return new BatonError("run-timed-out", `Run \`${id}\` was not done within the time its workflow allows${limit}.`, {
    hint: "Resume the run to give it the same time again, or raise `timeoutMs` of the workflow.",
  });
}
