import type { RunMemory } from "../agents/services.ts";
import type { ToolConnections } from "../agents/tool-source.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { parseRunId, type RunId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { signatureOf } from "../core/signature.ts";
import type { Registry } from "../graph/registry.ts";
import type { Model } from "../models/model.ts";
import type { ProjectPrompts } from "../prompts/project.ts";
import type { GivenAnswer } from "./answer.ts";
import type { BudgetWish } from "./budget-limits.ts";
import { type CancelOptions, cancelRun } from "./cancel.ts";
import { checkRuns, type RunsCheck } from "./check-runs.ts";
import { NODE_TIMEOUT_MS } from "./deadlines.ts";
import { createEngine, type MakeEngine } from "./engine.ts";
import { createFork, type ForkRequest } from "./fork.ts";
import { knownRun } from "./known-run.ts";
import { leaseClock, type LeaseClock, type LeaseKeeper } from "./lease.ts";
import type { LiveOptions } from "./live.ts";
import { type MigrateOptions, migrateRun } from "./migrate-run.ts";
import { type PromptWish, refuseFinished } from "./prompt-override.ts";
import type { Run, RunStatus } from "./run.ts";
import { handleAtRest, handleAtWork, type RunHandle } from "./run-handle.ts";
import { acceptRun, type StartRequest } from "./start.ts";
import type { Store } from "./store.ts";
import { type TakeOptions, takeRun, type Taking } from "./take.ts";
import { type DueRuns, goOnWithDue, type TickOptions } from "./tick.ts";

/** How a run is stopped from outside. */
export interface Stops {
  /** Aborting it parks the run: it can be resumed. */
  readonly signal?: AbortSignal;
  /** Aborting it hands the run over after the step under way: it is queued, and any process may go on with it. */
  readonly drain?: AbortSignal;
}

/** What of a run can be watched here beside its events, by `live()` of its handle. */
export interface Watching {
  /** @default nothing */
  readonly live?: LiveOptions;
}

export interface StartOptions extends StartRequest, Stops, Watching {}

/**
 * `answer`, `interrupt` (needed when the run waits at several) and `checkpoint` say what is answered; `by` and `reason` are kept with it.
 * Limits in `budget` replace those of the run, part by part.
 */
export interface ResumeOptions extends Stops, Watching, GivenAnswer, PromptWish, BudgetWish {
  /** Applies the migrations that lead from the run's version of the workflow to this one. @default false: such a run is refused */
  readonly migrate?: boolean;
  /** Also takes a dead run. @default false */
  readonly force?: boolean;
}

export interface ForkOptions extends ForkRequest, Stops, Watching {
  /** False leaves the new run queued: `resume` starts it. @default true */
  readonly start?: boolean;
}

/** What a look for due runs came to. */
export type Tick = DueRuns<RunHandle>;

/** What all runs of one Baton share. */
export interface DeskServices {
  readonly store: Store;
  readonly registry: Registry;
  readonly model: Model;
  /** The project's prompts as they are now. */
  readonly prompts: () => Promise<ProjectPrompts>;
  readonly memory: (run: Run) => RunMemory;
  /** Connections to servers that have tools; closed by whoever made them. */
  readonly connections: ToolConnections;
  /** Name of this process as the owner of runs. */
  readonly owner: string;
  /** Which implementation each seam uses: recorded with every start and resume. */
  readonly seams: JsonObject;
  /** Extends the leases of this process; closed with the desk. */
  readonly leases: LeaseKeeper;
  /** How long a node may take whose workflow says nothing. @default ten minutes */
  readonly nodeTimeoutMs?: number;
  /** @default LangGraph */
  readonly makeEngine?: MakeEngine;
  /** @default the system's */
  readonly clock?: Clock;
  readonly leaseClock?: LeaseClock;
}

/** Accepts new runs and resumes old ones. */
export interface Desk {
  start(workflow: string, input: unknown, options?: StartOptions): Promise<RunHandle>;
  resume(run: string, options?: ResumeOptions): Promise<RunHandle>;
  cancel(run: string, options?: CancelOptions): Promise<Run>;
  fork(run: string, options: ForkOptions): Promise<RunHandle>;
  migrate(run: string, options: MigrateOptions): Promise<Run>;
  run(id: RunId): Promise<Run>;
  check(): Promise<RunsCheck>;
  tick(options: TickOptions & Stops): Promise<Tick>;
  /** Puts the runs under way down and ends the renewal of their leases. */
  close(): Promise<void>;
}

/** Statuses from which `start` takes a run that it just created (or that a process which is gone created under this id), and `resume` one that exists. */
const STARTABLE: readonly RunStatus[] = ["queued", "running"];
const RESUMABLE: readonly RunStatus[] = ["queued", "running", "interrupted", "parked", "failed"];

export function createDesk(services: DeskServices): Desk {
  const { store, registry, model, owner, memory, leases, seams } = services;
  const clock = services.clock ?? systemClock;
  const taking: Taking = {
    shop: {
      store,
      leases,
      seams,
      clock,
      leaseClock: services.leaseClock ?? leaseClock,
      makeEngine: services.makeEngine ?? createEngine,
    },
    registry,
    model,
    prompts: services.prompts,
    memory,
    connections: services.connections,
    owner,
    nodeTimeoutMs: services.nodeTimeoutMs ?? NODE_TIMEOUT_MS,
    active: new Map(),
  };
  /** Calls that may still begin a run. */
  const underWay = new Set<Promise<unknown>>();
  let closing = false;

  /** Makes a call one for which `close()` waits. */
  function waitedFor<A extends readonly unknown[], T>(call: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
    return async (...args) => {
      const work = call(...args);
      underWay.add(work);
      try {
        return await work;
      } finally {
        underWay.delete(work);
      }
    };
  }

  const find = async (id: RunId): Promise<Run> => await knownRun(store, id);

  async function cancel(id: RunId, options: CancelOptions): Promise<Run> {
    taking.active.get(id)?.stop.pull({ kind: "cancelled", ...signatureOf(options) });
    return await cancelRun({ store, registry, owner, clock, leaseMs: leases.times.leaseMs }, id, options);
  }

  async function take(run: Run, options: TakeOptions): Promise<RunHandle> {
    const taken = await takeRun(taking, run, options);
    if ("settled" in taken) return atRest(taken.settled);
    return handleAtWork({ store, clock }, run.id, { execution: taken.execution, live: options.live });
  }

  function atRest(run: Run): RunHandle {
    return handleAtRest({ store, clock }, run);
  }

  /** Goes on with a run that was just accepted, unless that was done before or it is not its turn. */
  async function begin(run: Run, options: Stops & Watching): Promise<RunHandle> {
    if (run.status === "queued" ? run.waits : run.status !== "running") return atRest(run);
    return await take(run, { ...handsOf(options), from: STARTABLE });
  }

  return {
    start: waitedFor(async (id, input, options = {}) => {
      const run = await acceptRun(
        {
          store,
          model,
          prompts: services.prompts,
          workflow: registry.get(id),
          cancel: async (holder, reason) => await cancel(holder.id, { reason }),
        },
        input,
        options,
      );
      return await begin(run, options);
    }),
    resume: waitedFor(async (id, options = {}) => {
      const run = await find(parseRunId(id));
      if (run.status === "completed" && options.answer === undefined) return atRest(refuseFinished(run, options));
      return await take(run, { ...options, from: options.force === true ? [...RESUMABLE, "dead"] : RESUMABLE });
    }),
    cancel: async (id, options = {}) => await cancel(parseRunId(id), options),
    migrate: waitedFor(async (id, options) => {
      const run = await find(parseRunId(id));
      return await migrateRun({ store, run, workflow: registry.get(run.workflow), owner, leases }, options);
    }),
    fork: waitedFor(async (id, options) => {
      const source = await find(parseRunId(id));
      const stored = { store, run: source, workflow: registry.get(source.workflow) };
      const created = await createFork(stored, services.prompts, options);
      return options.start === false ? atRest(created) : await begin(created, options);
    }),
    run: find,
    check: async () => await checkRuns(store, registry),
    tick: waitedFor(
      async (options) =>
        await goOnWithDue(taking, {
          options,
          isOver: () => closing || options.signal?.aborted === true || options.drain?.aborted === true,
          take: async (run) => await take(run, { ...handsOf(options), from: [run.status] }),
        }),
    ),
    async close() {
      closing = true;
      while (taking.active.size > 0 || underWay.size > 0) {
        const active = [...taking.active.values()];
        for (const { stop } of active) stop.pull({ kind: "asked" });
        // What is only about to begin is told to stop in the next round.
        await Promise.allSettled([...underWay, ...active.map(async ({ execution }) => await execution.settled)]);
      }
      await leases.close();
    },
  };
}

function handsOf({ signal, drain, live }: Stops & Watching): Stops & Watching {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(drain === undefined ? {} : { drain }),
    ...(live === undefined ? {} : { live }),
  };
}
