import type { RunMemory } from "../agents/services.ts";
import type { StoredEvent } from "../core/events.ts";
import { BatonError } from "../core/errors.ts";
import {
  DEFAULT_TENANT,
  newRunId,
  parseRunId,
  parseSessionId,
  parseTenantId,
  parseThreadId,
  type RunId,
} from "../core/ids.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { shapeFile } from "../graph/fingerprint.ts";
import { inputSchemaOf } from "../graph/input.ts";
import type { Registry } from "../graph/registry.ts";
import type { Model } from "../models/model.ts";
import { pinnedModel } from "../models/resolve.ts";
import type { PromptLibrary } from "../prompts/library.ts";
import { admit } from "./admission.ts";
import { answerTo, noAnswer } from "./answer.ts";
import { type ForkRequest, prepareFork } from "./fork.ts";
import { type RunOutcome, outcomeOf } from "./history.ts";
import { LEASE_MS } from "./lease.ts";
import { type MigrateOptions, migrateRun } from "./migrate-run.ts";
import { loadPins, pinPrompts, toRunPins } from "./pins.ts";
import type { Run, RunStatus } from "./run.ts";
import { type Execution, execute } from "./runner.ts";
import type { Store } from "./store.ts";

export interface StartOptions {
  /** Id of the new run; with the id of an existing run and the same input, that run is returned. @default a new sortable id */
  readonly runId?: string;
  /** The thread that the run continues. @default the run's id */
  readonly thread?: string;
  /** What the session memory layer keeps across runs. @default the thread's id */
  readonly session?: string;
  /** @default "default" */
  readonly tenant?: string;
  /** Aborting it parks the run: it can be resumed. */
  readonly signal?: AbortSignal;
}

export interface ResumeOptions {
  /** The answer to the interrupt at which the run waits. */
  readonly answer?: JsonValue;
  /** Which interrupt is answered; needed when the run waits at several. */
  readonly interrupt?: string;
  /** Applies the migrations that lead from the run's version of the workflow to this one. @default false: such a run is refused */
  readonly migrate?: boolean;
  /** Who resumes by hand, and why: kept with what they change. */
  readonly by?: string;
  readonly reason?: string;
  /** Aborting it parks the run: it can be resumed. */
  readonly signal?: AbortSignal;
}

export interface ForkOptions extends ForkRequest {
  /** False leaves the new run queued: `resume` starts it. @default true */
  readonly start?: boolean;
  /** Aborting it parks the new run: it can be resumed. */
  readonly signal?: AbortSignal;
}

/** A run that was started or resumed here. */
export interface RunHandle {
  readonly id: RunId;
  /** Events from this start or resume on, live; ends when the run comes to rest. */
  events(): AsyncIterable<StoredEvent>;
  /** What the run came to. A failed run is an outcome, not a rejection; rejects when the outcome could not be stored. */
  result(): Promise<RunOutcome>;
}

/** What all runs of one Baton share. */
export interface DeskServices {
  readonly store: Store;
  readonly registry: Registry;
  readonly model: Model;
  readonly prompts: PromptLibrary;
  readonly memory: (run: Run) => RunMemory;
  /** Name of this process as the owner of runs. */
  readonly owner: string;
  /** Which implementation each seam uses: recorded with every start and resume. */
  readonly seams: JsonObject;
}

/** Accepts new runs and resumes old ones. */
export interface Desk {
  start(workflow: string, input: unknown, options?: StartOptions): Promise<RunHandle>;
  resume(run: string, options?: ResumeOptions): Promise<RunHandle>;
  fork(run: string, options: ForkOptions): Promise<RunHandle>;
  migrate(run: string, options: MigrateOptions): Promise<Run>;
  run(id: RunId): Promise<Run>;
}

/** Statuses from which `start` takes a run that it just created, and `resume` one that exists. */
const STARTABLE: readonly RunStatus[] = ["queued"];
const RESUMABLE: readonly RunStatus[] = ["queued", "running", "interrupted", "parked", "failed"];

export function createDesk(services: DeskServices): Desk {
  const { store, registry, model } = services;

  async function find(id: RunId): Promise<Run> {
    const run = await store.runs.get(id);
    if (run !== undefined) return run;
    throw new BatonError("unknown-run", `There is no run \`${id}\`.`, { hint: "List the runs with: baton runs" });
  }

  async function take(run: Run, from: readonly RunStatus[], options: ResumeOptions): Promise<RunHandle> {
    const workflow = registry.get(run.workflow);
    const admission = await admit({ store, run, workflow }, options.migrate === true ? options : undefined);
    const answer = admission.migrates ? noAnswer(run, options) : answerTo(run, options);
    const pinned = pinnedModel(run.pins.model, model);
    const prompts = await loadPins(store.blobs, run.pins.prompts);
    const outcome = await store.runs.claim({ run: run.id, owner: services.owner, leaseMs: LEASE_MS, from });
    if (!outcome.claimed) return refuseOrReturn(outcome.run);
    const admitted = await admission.enter(outcome);
    const execution = await execute({
      store,
      ...admitted,
      fence: outcome.fence,
      workflow,
      services: { model: pinned, prompts, memory: services.memory(run) },
      answer,
      seams: services.seams,
      signal: options.signal,
    });
    return handleOf(run.id, execution);
  }

  function refuseOrReturn(run: Run): RunHandle {
    if (run.status === "completed") return finished(run);
    if (run.status === "running") {
      throw new BatonError(
        "run-already-active",
        `Run \`${run.id}\` is running in \`${run.owner}\` (epoch ${run.epoch}).`,
        {
          hint: `Wait for it (baton show ${run.id}); if that process is gone, its hold ends by itself within ${LEASE_MS / 1000} s.`,
        },
      );
    }
    throw new BatonError("run-not-resumable", `Run \`${run.id}\` is \`${run.status}\` and cannot be resumed.`, {
      hint: "Start a new run.",
    });
  }

  function handleOf(id: RunId, execution: Execution): RunHandle {
    return {
      id,
      events: () => execution.events(),
      result: async () => outcomeOf(await execution.settled, await store.events.read(id, 0)),
    };
  }

  function finished(run: Run): RunHandle {
    return {
      id: run.id,
      async *events() {},
      result: async () => outcomeOf(run, await store.events.read(run.id, 0)),
    };
  }

  return {
    async start(id, input, options = {}) {
      const workflow = registry.get(id);
      const checked = await inputSchemaOf(workflow).check(input);
      const runId = options.runId === undefined ? newRunId() : parseRunId(options.runId);
      const thread = parseThreadId(options.thread ?? runId);
      const { prompts, blobs } = toRunPins(pinPrompts(workflow, services.prompts));
      const shape = shapeFile(workflow);
      const run = await store.runs.create(
        {
          id: runId,
          tenant: options.tenant === undefined ? DEFAULT_TENANT : parseTenantId(options.tenant),
          workflow: workflow.id,
          thread,
          session: parseSessionId(options.session ?? thread),
          input: checked,
          pins: { prompts, model: { ref: model.ref, settings: model.settings }, fingerprint: shape.id },
        },
        [...blobs, shape],
      );
      if (run.status !== "queued") return run.status === "running" ? refuseOrReturn(run) : finished(run);
      return take(run, STARTABLE, options.signal === undefined ? {} : { signal: options.signal });
    },
    async resume(id, options = {}) {
      const run = await find(parseRunId(id));
      return run.status === "completed" ? finished(run) : take(run, RESUMABLE, options);
    },
    async migrate(id, options) {
      const run = await find(parseRunId(id));
      return await migrateRun({ store, run, workflow: registry.get(run.workflow), owner: services.owner }, options);
    },
    async fork(id, options) {
      const source = await find(parseRunId(id));
      const { run, blobs } = await prepareFork(
        { store, run: source, workflow: registry.get(source.workflow) },
        options,
      );
      const created = await store.runs.create(run, blobs);
      if (options.start === false) return finished(created);
      return take(created, STARTABLE, options.signal === undefined ? {} : { signal: options.signal });
    },
    run: find,
  };
}
