import type { RunServices } from "../agents/services.ts";
import type { StoredEvent } from "../core/events.ts";
import { BatonError, serializeError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workflow } from "../graph/workflow.ts";
import { createEngine, type Engine, type EngineCommand } from "./engine.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { createJournal } from "./effects.ts";
import { keepLease } from "./lease.ts";
import type { Fence, Run, Settlement } from "./run.ts";
import type { EffectTable, Store } from "./store.ts";
import { threadKey } from "./thread-key.ts";
import { followTasks, type TaskLog } from "./task-log.ts";

/** A claimed run and everything its nodes need. */
export interface Assignment {
  readonly store: Store;
  readonly run: Run;
  /** The first id of each task that a migration gave another one: its calls were journaled under it. */
  readonly taskOrigins: ReadonlyMap<string, string>;
  readonly fence: Fence;
  readonly workflow: Workflow;
  readonly services: Omit<RunServices, "journal" | "emit" | "run">;
  /** The answer to the interrupt at which the run waits, if it waits at one. */
  readonly answer: Extract<EngineCommand, { kind: "answer" }> | undefined;
  readonly seams: JsonObject;
  /** Aborted when the process is asked to stop: the run is parked and can be resumed. */
  readonly signal: AbortSignal | undefined;
}

export interface Execution {
  /** Events of this start or resume, live. */
  events(): AsyncIterable<StoredEvent>;
  /** The run once it was let go of. Rejects only when that could not be stored. */
  readonly settled: Promise<Run>;
}

/** Works a claimed run to its next resting status. The caller owns nothing afterwards: the lease is released, the status stored. */
export async function execute(assignment: Assignment): Promise<Execution> {
  const { store, fence, run } = assignment;
  const earlier = (await store.events.read(run.id, 0)).at(-1)?.seq ?? 0;
  const log = createEventLog(store.events, fence);
  const settled = work(assignment, log).finally(() => log.close());
  // Whoever awaits `settled` sees the failure; without this line an execution that nobody awaits would end the process.
  settled.catch(() => undefined);
  return { settled, events: () => log.follow(earlier) };
}

async function work(assignment: Assignment, log: EventLog): Promise<Run> {
  const { store, fence, run, workflow } = assignment;
  const lease = keepLease(store.runs, fence);
  const signal = assignment.signal === undefined ? lease.signal : AbortSignal.any([lease.signal, assignment.signal]);
  const tasks = followTasks(log);
  try {
    const services: RunServices = {
      ...assignment.services,
      run: { id: run.id, tenant: run.tenant, thread: run.thread, session: run.session, workflow: run.workflow },
      journal(task) {
        tasks.begin(task);
        const taskId = assignment.taskOrigins.get(task.taskId) ?? task.taskId;
        return createJournal(withEvents(store.effects, log), fence, { ...task, taskId });
      },
      emit: (event) => log.emit(event),
    };
    const engine = await createEngine({
      workflow,
      saver: await store.saver(fence),
      threadKey: threadKey(run),
      services,
      signal,
    });
    const settlement = await workToRest({ ...assignment, engine, log, tasks, signal });
    await log.flush();
    return await store.runs.settle(fence, settlement);
  } finally {
    lease.release();
  }
}

/** Stores a result together with the events that led to it: a crash right after it loses neither the result nor what it cost. */
function withEvents(effects: EffectTable, log: EventLog): EffectTable {
  return {
    ...effects,
    async record(fence, row) {
      await Promise.all([log.flush(), effects.record(fence, row)]);
    },
  };
}

interface Work extends Assignment {
  readonly engine: Engine;
  readonly log: EventLog;
  readonly tasks: TaskLog;
  readonly signal: AbortSignal;
}

async function workToRest(work: Work): Promise<Settlement> {
  const { engine, log, tasks, signal } = work;
  try {
    const command = await nextCommand(work);
    for await (const event of engine.work(command)) {
      tasks.see(event);
      if (event.type === "step_committed") await log.flush();
    }
  } catch (error) {
    if (BatonError.is(signal.reason) && signal.reason.code === "lease-lost") throw signal.reason;
    if (signal.aborted) return parked(work);
    return failed(work, tasks.fail(error));
  }
  if (signal.aborted) return parked(work);
  const { state, interrupts } = await engine.standing();
  if (interrupts.length > 0) {
    log.emit({ type: "run_interrupted", interrupts: interrupts.map(({ id, value }) => ({ id, value })) });
    return { status: "interrupted", interrupts, state };
  }
  log.emit({ type: "run_completed" });
  return { status: "completed", state };
}

/** Begins with the stored input unless an earlier process already got it into the thread; then goes on from the last checkpoint. */
async function nextCommand({ engine, log, store, run, fence, answer, seams }: Work): Promise<EngineCommand> {
  const started = (await store.events.read(run.id, 0)).find((event) => event.type === "run_started");
  const { checkpoint } = await engine.standing();
  // What a fork's thread holds before its start is where it goes on from; any other run's is the end of an earlier turn.
  const before = run.pins.fork === undefined ? (checkpoint ?? null) : null;
  const head = started === undefined ? before : started.head;
  log.emit({ type: "run_started", epoch: fence.epoch, resumed: started !== undefined, head, seams });
  // The head must be known before the thread moves: a crash between the two would otherwise give the input twice.
  await log.flush();
  if ((checkpoint ?? null) === head) return { kind: "begin", input: run.input };
  return answer ?? { kind: "continue" };
}

async function parked({ engine, log }: Work): Promise<Settlement> {
  const reason = "stopped before it was finished";
  log.emit({ type: "run_parked", reason });
  return { status: "parked", reason, state: (await engine.standing()).state };
}

async function failed(
  { engine, log, workflow }: Work,
  failure: { readonly error: unknown; readonly step?: number; readonly node?: string },
): Promise<Settlement> {
  const error = serializeError(explain(failure.error, workflow));
  log.emit({ type: "run_failed", error });
  return {
    status: "failed",
    error,
    ...(failure.step === undefined ? {} : { step: failure.step }),
    ...(failure.node === undefined ? {} : { node: failure.node }),
    state: (await engine.standing()).state,
  };
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
