import type { StoredEvent } from "../core/events.ts";

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
