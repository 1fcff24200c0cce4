import type { Budget } from "../core/budget.ts";
import { DEFAULT_TENANT, parseRunId, parseSessionId, parseTenantId, parseThreadId } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";
import { shapeFile } from "../graph/fingerprint.ts";
import { inputSchemaOf } from "../graph/input.ts";
import { compileGraph, type Workflow } from "../graph/workflow.ts";
import type { Model } from "../models/model.ts";
import type { ProjectPrompts } from "../prompts/project.ts";
import { budgetAtStart } from "./budget-limits.ts";
import { refuseOtherFork } from "./fork.ts";
import { accept } from "./held-thread.ts";
import { pinsAtStart, type PromptWish } from "./prompt-override.ts";
import type { Run } from "./run.ts";
import type { NewRun, Store } from "./store.ts";
import { knownRun } from "./known-run.ts";
import { refuseForeignState } from "./thread-state.ts";

/** What a new run is to be. */
export interface StartRequest extends PromptWish {
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

interface Starting {
  readonly store: Store;
  readonly model: Model;
  /** The project's prompts as they are now. */
  readonly prompts: () => Promise<ProjectPrompts>;
  readonly workflow: Workflow;
  /** Cancels the run that holds the thread, where the workflow says so. */
  readonly cancel: (holder: Run, reason: string) => Promise<Run>;
}

/** Commits a new run with its input and its pins, and begins nothing; the same request once more is the run it made the first time. */
export async function acceptRun(starting: Starting, input: unknown, request: StartRequest): Promise<Run> {
  const { store, model, workflow, cancel } = starting;
  const checked = await inputSchemaOf(workflow).check(input);
  const id = request.runId === undefined ? newRunId() : parseRunId(request.runId);
  const thread = parseThreadId(request.thread ?? id);
  compileGraph(workflow);
  const { pins, blobs } = await pinsAtStart({ workflow, current: starting.prompts, store }, request);
  const shape = shapeFile(workflow);
  const sharing =
    request.sharesBudgetOf === undefined ? undefined : await knownRun(store, parseRunId(request.sharesBudgetOf));
  const budget = budgetAtStart({ ...workflow.budget, ...request.budget }, model, sharing);
  const tenant = request.tenant === undefined ? DEFAULT_TENANT : parseTenantId(request.tenant);
  if (request.thread !== undefined) await refuseForeignState(store, { tenant, thread }, workflow);
  const wanted: NewRun = {
    id,
    tenant,
    workflow: workflow.id,
    thread,
    session: parseSessionId(request.session ?? thread),
    input: checked,
    pins: {
      ...pins,
      model: { ref: model.ref, settings: model.settings },
      fingerprint: shape.id,
      ...(budget === undefined ? {} : { budget }),
    },
  };
  const run = await accept({ store, strategy: workflow.onHeldThread, cancel }, wanted, [...blobs, shape]);
  return refuseOtherFork(run, wanted);
}
