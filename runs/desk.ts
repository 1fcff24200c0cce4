import type { RunMemory } from "../agents/services.ts";
import type { ToolConnections } from "../agents/tool-source.ts";
import type { Budget } from "../core/budget.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Signed, StoredEvent } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import { DEFAULT_TENANT, parseRunId, parseSessionId, parseTenantId, parseThreadId, type RunId } from "../core/ids.ts";
import type { LiveEvent } from "../core/live-events.ts";
import { newRunId } from "../core/new-run-id.ts";
import type { JsonObject } from "../core/json.ts";
import { shapeFile } from "../graph/fingerprint.ts";
import { inputSchemaOf } from "../graph/input.ts";
import type { Registry } from "../graph/registry.ts";
import { compileGraph } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import type { ProjectPrompts } from "../prompts/project.ts";
import type { GivenAnswer } from "./answer.ts";
import { type BudgetWish, budgetAtStart } from "./budget-limits.ts";
import { type FollowOptions, followRun } from "./follow.ts";
import { type CancelOptions, cancelRun } from "./cancel.ts";
import { checkRuns, type RunsCheck } from "./check-runs.ts";
import { NODE_TIMEOUT_MS } from "./deadlines.ts";
import { createEngine, type MakeEngine } from "./engine.ts";
import { type ForkRequest, prepareFork } from "./fork.ts";
import { accept } from "./held-thread.ts";
import { type RunOutcome, outcomeOf } from "./history.ts";
import { leaseClock, type LeaseClock, type LeaseKeeper } from "./lease.ts";
import type { LiveOptions } from "./live.ts";
import { type MigrateOptions, migrateRun } from "./migrate-run.ts";
import { pinsAtStart, type PromptWish, refuseFinished, replaceInFork } from "./prompt-override.ts";
import type { Run, RunStatus } from "./run.ts";
import type { Store } from "./store.ts";
import { type TakeOptions, takeRun, type Taking } from "./take.ts";
import { refuseForeignState } from "./thread-state.ts";
import { isNoTurn, lookForDue, type TickOptions } from "./tick.ts";

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

export interface StartOptions extends Stops, Watching, PromptWish {
  /** Id of the new run; with the id of an existing run and the same input, that run is returned. @default a new sortable id */
  readonly runId?: string;
  /** The thread that the run continues. @default the run's id */
  readonly thread?: string;
  /** What the session memory layer keeps across runs. @default the thread's id */
  readonly session?: string;
  /** @default "default" */
  readonly tenant?: string;
  /** What the run may use at most; goes before what its workflow says, part by part. @default what the workflow says */
  readonly budget?: Budget;
  /** Id of a run whose budget this one shares, as a part of its work; it then has none of its own. @default none */
  readonly sharesBudgetOf?: string;
}

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

/** A run that was started or resumed here. */
export interface RunHandle {
  readonly id: RunId;
  /** Events from this start or resume on, live; with `after`, those after that number. Ends when the run comes to rest. */
  events(options?: FollowOptions): AsyncIterable<StoredEvent>;
  /**
   * The events of this start or resume on, together with what `live` of its options asked for. That is shown once, as it happens: who begins to
   * look late has missed it.
   */
  live(): AsyncIterable<LiveEvent>;
  /** What the run came to. A failed run is an outcome, not a rejection; rejects when the outcome could not be stored. */
  result(): Promise<RunOutcome>;
}

/** What a look for due runs came to. */
export interface Tick {
  /** Runs that nobody answered in time: they have failed by that. */
  readonly expired: readonly Run[];
  /** Runs that go on in this process now. */
  readonly resumed: readonly RunHandle[];
}

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

  async function find(id: RunId): Promise<Run> {
    const run = await store.runs.get(id);
    if (run !== undefined) return run;
    throw new BatonError("unknown-run", `There is no run \`${id}\`.`, { hint: "List the runs with: baton runs" });
  }

  async function cancel(id: RunId, options: CancelOptions): Promise<Run> {
    taking.active.get(id)?.stop.pull({ kind: "cancelled", ...signed(options) });
    return await cancelRun({ store, registry, owner, clock }, id, options);
  }

  async function take(run: Run, options: TakeOptions): Promise<RunHandle> {
    const taken = await takeRun(taking, run, options);
    if ("settled" in taken) return atRest(taken.settled);
    const { execution } = taken;
    return {
      id: run.id,
      events: (follow) => (follow === undefined ? execution.events() : followRun({ store, clock }, run.id, follow)),
      live() {
        if (options.live === undefined) throw nothingWatched(run.id);
        return execution.live();
      },
      result: async () => outcomeOf(await execution.settled, await store.events.read(run.id, 0)),
    };
  }

  function atRest(run: Run): RunHandle {
    return {
      id: run.id,
      async *events(options) {
        if (options !== undefined) yield* followRun({ store, clock }, run.id, options);
      },
      async *live() {
        // Nothing happens in it.
      },
      result: async () => outcomeOf(run, await store.events.read(run.id, 0)),
    };
  }

  return {
    async start(id, input, options = {}) {
      const workflow = registry.get(id);
      const checked = await inputSchemaOf(workflow).check(input);
      const runId = options.runId === undefined ? newRunId() : parseRunId(options.runId);
      const thread = parseThreadId(options.thread ?? runId);
      compileGraph(workflow);
      const { pins, blobs } = await pinsAtStart({ workflow, current: services.prompts, store }, options);
      const shape = shapeFile(workflow);
      const sharing = options.sharesBudgetOf === undefined ? undefined : await find(parseRunId(options.sharesBudgetOf));
      const budget = budgetAtStart({ ...workflow.budget, ...options.budget }, model, sharing);
      const tenant = options.tenant === undefined ? DEFAULT_TENANT : parseTenantId(options.tenant);
      if (options.thread !== undefined) await refuseForeignState(store, { tenant, thread }, workflow);
      const run = await accept(
        {
          store,
          strategy: workflow.onHeldThread,
          cancel: async (holder, reason) => await cancel(holder.id, { reason }),
        },
        {
          id: runId,
          tenant,
          workflow: workflow.id,
          thread,
          session: parseSessionId(options.session ?? thread),
          input: checked,
          pins: {
            ...pins,
            model: { ref: model.ref, settings: model.settings },
            fingerprint: shape.id,
            ...(budget === undefined ? {} : { budget }),
          },
        },
        [...blobs, shape],
      );
      if (run.status === "queued" ? run.waits : run.status !== "running") return atRest(run);
      return take(run, { ...handsOf(options), from: STARTABLE });
    },
    async resume(id, options = {}) {
      const run = await find(parseRunId(id));
      if (run.status === "completed" && options.answer === undefined) return atRest(refuseFinished(run, options));
      return take(run, { ...options, from: options.force === true ? [...RESUMABLE, "dead"] : RESUMABLE });
    },
    cancel: async (id, options = {}) => await cancel(parseRunId(id), options),
    async migrate(id, options) {
      const run = await find(parseRunId(id));
      return await migrateRun({ store, run, workflow: registry.get(run.workflow), owner }, options);
    },
    async fork(id, options) {
      const source = await find(parseRunId(id));
      const workflow = registry.get(source.workflow);
      const { run, blobs } = await prepareFork({ store, run: source, workflow }, options);
      const chosen = await replaceInFork(run.pins, { workflow, current: services.prompts, store }, options);
      const created = await store.runs.create({ ...run, pins: chosen.pins }, [...blobs, ...chosen.blobs]);
      if (options.start === false) return atRest(created);
      return take(created, { ...handsOf(options), from: STARTABLE });
    },
    run: find,
    check: async () => await checkRuns(store, registry),
    async tick(options) {
      const { expired, ready } = await lookForDue(taking, options);
      const resumed: RunHandle[] = [];
      for (const run of ready) {
        try {
          resumed.push(await take(run, { ...handsOf(options), from: [run.status] }));
        } catch (error) {
          if (!isNoTurn(error)) throw error;
        }
      }
      return { expired, resumed };
    },
    async close() {
      const running = [...taking.active.values()];
      for (const { stop } of running) stop.pull({ kind: "asked" });
      await Promise.allSettled(running.map(async ({ execution }) => await execution.settled));
      await leases.close();
    },
  };
}

function nothingWatched(run: RunId): BatonError {
  return new BatonError(
    "bad-usage",
    `Nothing of run \`${run}\` is watched: it was started or resumed without \`live\`.`,
    {
      hint: "Say what is to be shown: baton.start(id, input, { live: { text: true } }); events() needs nothing.",
    },
  );
}

function handsOf({ signal, drain, live }: Stops & Watching): Stops & Watching {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(drain === undefined ? {} : { drain }),
    ...(live === undefined ? {} : { live }),
  };
}

function signed({ by, reason }: Signed): Signed {
  return { ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
}
