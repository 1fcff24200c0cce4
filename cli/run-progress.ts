import type { StoredEvent } from "../core/events.ts";
import type { RunId } from "../core/ids.ts";
import type { EventTable } from "../runs/store.ts";

/** How far a run has come. */
export interface RunProgress {
  /** LangGraph's number of the last step that started; undefined when none did. */
  readonly step: number | undefined;
  /** The node of that step; `a, b` where several ran in it. */
  readonly node: string | undefined;
}

/** Reads off a run's events where it is, or where it came to rest. */
export function runProgress(events: readonly StoredEvent[]): RunProgress {
  const started = events.filter((event) => event.type === "task_started" && event.namespace === "");
  const tasks = started.flatMap((event) => (event.type === "task_started" ? [event] : []));
  const step = tasks.at(-1)?.step;
  const nodes = new Set(tasks.filter((task) => task.step === step).map((task) => task.node));
  return { step, node: nodes.size === 0 ? undefined : [...nodes].join(", ") };
}

/** More than a step of usual width leaves behind. */
const LATEST = 100;

/** Where a run is, from its newest events; of all of them only where those do not hold its whole last step. */
export async function readProgress(events: EventTable, run: RunId): Promise<RunProgress> {
  const latest = await events.latest(run, LATEST);
  const { step } = runProgress(latest);
  // The step before was committed, then the tasks of this one began.
  const isWhole =
    latest.length < LATEST || latest.some((event) => event.type === "step_committed" && event.step === (step ?? 0) - 1);
  return isWhole && step !== undefined ? runProgress(latest) : runProgress(await events.read(run, 0));
}
