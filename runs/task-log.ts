import { serializeError } from "../core/errors.ts";
import type { TaskRef } from "../core/events.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EngineEvent } from "./engine-event.ts";
import type { EventLog } from "./event-log.ts";

/** Turns LangGraph's progress into events of the run, with the time each task took. */
export interface TaskLog {
  /**
   * Records that a node began, as the node itself knows it: its first journaled call. LangGraph's stream says the same, but races the node, and
   * knows nothing of retries. Each attempt is recorded once, whoever reports it first.
   */
  begin(task: TaskRef): void;
  see(event: EngineEvent): void;
  /** Records the failure of the task that threw, and says where it was. */
  fail(error: unknown): { readonly error: unknown; readonly step?: number; readonly node?: string };
}

interface OpenTask {
  readonly ref: TaskRef;
  readonly startedAt: number;
}

interface EndedTask {
  readonly ref: TaskRef;
  readonly ms: number;
}

export function followTasks(log: EventLog, watch: Pick<Deadlines, "began" | "ended">): TaskLog {
  const open = new Map<string, OpenTask>();
  const begun = new Set<string>();

  function begin(ref: TaskRef): void {
    const attempt = `${ref.taskId}#${ref.attempt}`;
    if (begun.has(attempt)) return;
    begun.add(attempt);
    open.set(ref.taskId, { ref, startedAt: performance.now() });
    log.emit({ type: "task_started", ...ref });
    restartHosts(ref);
    watch.began(ref.taskId, ref.node);
  }

  function end(taskId: string): EndedTask | undefined {
    const task = open.get(taskId);
    open.delete(taskId);
    watch.ended(taskId);
    if (task === undefined) return undefined;
    restartHosts(task.ref);
    return { ref: task.ref, ms: Math.round(performance.now() - task.startedAt) };
  }

  /** A node that holds a graph is at work as long as the nodes of that come and go: its time begins anew with each. */
  function restartHosts({ namespace }: TaskRef): void {
    for (const host of hostsOf(namespace)) {
      const task = open.get(host);
      if (task === undefined) continue;
      watch.ended(host);
      watch.began(host, task.ref.node);
    }
  }

  return {
    begin,
    see(event) {
      switch (event.type) {
        case "task_started": {
          const { step, node, taskId, namespace } = event;
          begin({ step, node, taskId, namespace, attempt: 1 });
          return;
        }
        case "task_ended": {
          const ended = end(event.taskId);
          if (ended !== undefined)
            log.emit({ type: "task_completed", ...ended.ref, ms: ended.ms, update: event.result });
          return;
        }
        case "inner_task_failed": {
          const ended = end(event.taskId);
          if (ended !== undefined) log.emit({ type: "task_failed", ...ended.ref, ms: ended.ms, error: event.error });
          return;
        }
        case "step_committed":
          log.emit({ ...event });
          return;
        default:
          event satisfies never;
      }
    },
    fail(error) {
      // Several tasks of one step may have failed.
      const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
      const [first] = errors.flatMap((one) => {
        const ended = end(taskOf(one));
        if (ended === undefined) return [];
        log.emit({ type: "task_failed", ...ended.ref, ms: ended.ms, error: serializeError(one) });
        const { step, node } = ended.ref;
        return [{ error: one, step, node }];
      });
      return first ?? { error };
    },
  };
}

/** The tasks whose inner graphs a namespace leads through: `node:task|node:task`. */
function hostsOf(namespace: string): readonly string[] {
  return namespace === "" ? [] : namespace.split("|").map((part) => part.slice(part.lastIndexOf(":") + 1));
}

/** LangGraph marks what a node threw with the id of its task. */
function taskOf(error: unknown): string {
  return typeof error === "object" && error !== null && "pregelTaskId" in error ? String(error.pregelTaskId) : "";
}
