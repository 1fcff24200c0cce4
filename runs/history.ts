import type { StoredEvent } from "../core/events.ts";
import type { SerializedError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { PendingInterrupt, Run, RunStatus } from "./run.ts";

/** One task of a run as people read it: a node's execution in a step, over all its attempts. */
export interface StepSummary {
  readonly step: number;
  readonly node: string;
  /** How often the task was executed, in-process retries and resumes included. */
  readonly attempt: number;
  /** Time of the last execution; undefined when it never ended. */
  readonly ms: number | undefined;
  readonly modelCalls: number;
  /** Of the model calls, those answered from the journal. */
  readonly replayedCalls: number;
  readonly tokens: number;
  /** What its model calls cost in US dollars; null when the price of one is unknown. What was read back costs nothing. */
  readonly costUsd: number | null;
  readonly outcome: "completed" | "failed" | "unfinished";
  /** Id of the workflow that the node is, where it is one. */
  readonly workflow?: string;
  /** The tasks of the graph that the node is, where it is one; what they used is counted above as well. */
  readonly inner?: readonly StepSummary[];
}

/** What a run came to, in the shape that `--json` prints. */
export interface RunOutcome {
  readonly runId: string;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly state: JsonObject;
  readonly steps: readonly StepSummary[];
  /** What the model calls of the run cost in US dollars; null when the price of one is unknown. */
  readonly costUsd: number | null;
  readonly error?: SerializedError;
  readonly interrupts?: readonly PendingInterrupt[];
  /** Why the run is parked or cancelled. */
  readonly reason?: string;
  /** When a parked run may go on by itself, in milliseconds since the epoch. */
  readonly nextAt?: number;
}

/** Folds a run's events into its tasks, in the order they first started; those of a graph inside a node stand under the task that runs it. */
export function stepsOf(events: readonly StoredEvent[]): readonly StepSummary[] {
  const byTask = new Map<string, StepSummary>();
  const inner = new Map<string, StoredEvent[]>();
  for (const event of events) {
    if (!("taskId" in event)) continue;
    const taskId = rootTaskOf(event);
    const known = byTask.get(taskId);
    if (taskId === event.taskId) byTask.set(taskId, advance(known ?? firstSeen(event), event));
    else if (known !== undefined) {
      byTask.set(taskId, advanceHost(known, event));
      const below = inner.get(taskId) ?? [];
      below.push(seenFromInside(event));
      inner.set(taskId, below);
    }
  }
  return [...byTask].map(([taskId, summary]) => {
    const tasks = stepsOf(inner.get(taskId) ?? []);
    return tasks.length === 0 ? summary : { ...summary, inner: tasks };
  });
}

type TaskEvent = Extract<StoredEvent, { readonly taskId: string }>;

/** What happens inside a subgraph belongs to the task that runs it, whose id stands in the namespace: `node:task|…`. */
function rootTaskOf({ namespace, taskId }: TaskEvent): string {
  return namespace === "" ? taskId : (namespace.split("|")[0]?.split(":").at(-1) ?? taskId);
}

/** The same event in the namespace of the inner graph. */
function seenFromInside(event: TaskEvent): TaskEvent {
  // Of several graphs that one node calls, all but the first have a number in their namespace.
  const below = event.namespace.split("|").slice(1);
  return { ...event, namespace: below.filter((part) => part.includes(":")).join("|") };
}

/** A node that holds a graph begins and ends by itself; what the tasks of that use counts for it too. */
function advanceHost(task: StepSummary, event: TaskEvent): StepSummary {
  return event.type === "model_called" ? advance(task, event) : task;
}

function firstSeen({ step, node }: TaskEvent): StepSummary {
  return {
    step,
    node,
    attempt: 0,
    ms: undefined,
    modelCalls: 0,
    replayedCalls: 0,
    tokens: 0,
    costUsd: 0,
    outcome: "unfinished",
  };
}

function advance(task: StepSummary, event: TaskEvent): StepSummary {
  switch (event.type) {
    case "task_started":
      return { ...task, attempt: task.attempt + 1, outcome: "unfinished" };
    case "model_called":
      return {
        ...task,
        modelCalls: task.modelCalls + 1,
        replayedCalls: task.replayedCalls + (event.replayed ? 1 : 0),
        tokens: task.tokens + (event.replayed ? 0 : event.usage.inputTokens + event.usage.outputTokens),
        costUsd: event.replayed ? task.costUsd : plusCost(task.costUsd, event.costUsd),
      };
    case "task_completed":
      return { ...task, ms: event.ms, outcome: "completed" };
    case "task_failed":
      return { ...task, ms: event.ms, outcome: "failed" };
    case "workflow_entered":
      return { ...task, workflow: event.workflow };
    case "memory_recalled":
    case "prompt_rendered":
    case "model_fell_back":
    case "model_note":
    case "answer_rejected":
    case "tool_called":
    case "tool_refused":
    case "handed_off":
      return task;
    default:
      return event satisfies never;
  }
}

/** Adds a cost to a sum; what is unknown makes the sum unknown. */
export function plusCost(sum: number | null, costUsd: number | undefined): number | null {
  return sum === null || costUsd === undefined ? null : sum + costUsd;
}

/** What the model calls of a run cost; null when the price of one is unknown. */
export function costOfRun(events: readonly StoredEvent[]): number | null {
  let sum: number | null = 0;
  for (const event of events) if (event.type === "model_called" && !event.replayed) sum = plusCost(sum, event.costUsd);
  return sum;
}

/** Puts a run and its events into the shape that `run --json`, `resume --json` and `show --json` share. */
export function outcomeOf(run: Run, events: readonly StoredEvent[]): RunOutcome {
  return {
    runId: run.id,
    workflow: run.workflow,
    status: run.status,
    state: "state" in run ? run.state : {},
    steps: stepsOf(events),
    costUsd: costOfRun(events),
    ...("error" in run ? { error: run.error } : {}),
    ...("interrupts" in run ? { interrupts: run.interrupts } : {}),
    ...("reason" in run ? { reason: run.reason } : {}),
    ...("nextAt" in run ? { nextAt: run.nextAt } : {}),
  };
}
