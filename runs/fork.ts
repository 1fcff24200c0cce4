import type { CheckpointTuple } from "@langchain/langgraph-checkpoint";

import { BatonError } from "../core/errors.ts";
import { parseRunId, parseThreadId } from "../core/ids.ts";
import { newRunId } from "../core/new-run-id.ts";
import { assertJson, canonicalJson, type JsonObject, type JsonValue } from "../core/json.ts";
import { signatureOf } from "../core/signature.ts";
import { compareShapes } from "../graph/compatibility.ts";
import { shapeFile } from "../graph/fingerprint.ts";
import { storedFieldsOf } from "../graph/input.ts";
import { pendingNodes } from "../graph/pending.ts";
import { shapeOf, type WorkflowShape } from "../graph/shape.ts";
import type { ProjectPrompts } from "../prompts/project.ts";
import { stepOutOfRange } from "./fork-range.ts";
import { type PromptWish, replaceInFork } from "./prompt-override.ts";
import type { Run, RunFork, RunPins } from "./run.ts";
import type { BlobRow, NewRun } from "./store.ts";
import { checkpointAt } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";
import { pinnedShape, type StoredRun, workflowChanged } from "./workflow-change.ts";

/** `by` and `reason` say who forks, and why: kept with the fork. */
export interface ForkRequest extends PromptWish {
  /** The step that runs first in the fork: it begins from the checkpoint before it. */
  readonly step: number;
  /** New values of fields, in the place of what the state holds. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Id of the new run, which is also its thread's. @default a new sortable id */
  readonly runId?: string;
}

/** A fork that can be stored. */
interface PreparedFork {
  readonly run: NewRun;
  readonly blobs: readonly BlobRow[];
}

/**
 * Commits a fork of a run, queued, and begins nothing; the same fork under the same id is the run it made the first time. Throws what refuses it:
 * `step-out-of-range`, `input-invalid`, `workflow-changed`, `run-id-taken`, and what `replacePins` throws.
 */
export async function createFork(
  source: StoredRun,
  prompts: () => Promise<ProjectPrompts>,
  request: ForkRequest,
): Promise<Run> {
  const { store, workflow } = source;
  const { run, blobs } = await prepareFork(source, request);
  const chosen = await replaceInFork(run.pins, { workflow, current: prompts, store }, request);
  const created = await store.runs.create({ ...run, pins: chosen.pins }, [...blobs, ...chosen.blobs]);
  return refuseOtherFork(created, run);
}

/** A store knows runs by their input; two forks of one run have the same. Throws `run-id-taken`. */
export function refuseOtherFork(known: Run, wanted: NewRun): Run {
  const [has, wants] = [known.pins.fork, wanted.pins.fork];
  if (has === undefined ? wants === undefined : wants !== undefined && requestOf(has) === requestOf(wants))
    return known;
  const kind = wants === undefined ? "a fork" : "another fork";
  const what =
    has === undefined ? "a run that is no fork" : `${kind} of run \`${has.run}\`, from before step ${has.step}`;
  throw new BatonError("run-id-taken", `Run id \`${known.id}\` belongs to ${what}.`, {
    hint: `Use another run id, or look at the existing run with: baton show ${known.id}`,
  });
}

/** What makes a fork the one it is; who asked for it, and why, does not. */
function requestOf({ by: _by, reason: _reason, ...request }: RunFork): string {
  return canonicalJson(request);
}

/**
 * Finds the checkpoint before a step of a run, whatever became of the run, and makes a new run of it: same input, session and pins, a
 * thread of its own, the workflow of today. Writes nothing. Throws `step-out-of-range`, `input-invalid` for values that do not fit, and
 * `workflow-changed` when today's workflow cannot begin there.
 */
async function prepareFork(source: StoredRun, request: ForkRequest): Promise<PreparedFork> {
  const { run } = source;
  const pinned = await pinnedShape(source.store, run);
  const found = await checkpointBefore(source, request.step, pinned);
  const set = await checkedValues(source, request.set ?? {});
  await refuseUnfit(source, { pinned, found, set });
  const id = request.runId === undefined ? newRunId() : parseRunId(request.runId);
  const fork: RunFork = {
    run: run.id,
    threadKey: found.threadKey,
    checkpoint: found.tuple.checkpoint.id,
    step: request.step,
    set,
    ...(request.prompts === undefined || request.prompts.length === 0 ? {} : { prompts: request.prompts }),
    ...signatureOf(request),
  };
  const shape = shapeFile(source.workflow);
  // What the run took back on its own thread is nothing to the fork's.
  const { rollback: _rollback, ...kept } = run.pins;
  const pins: RunPins = { ...kept, fingerprint: shape.id, fork };
  return {
    run: {
      id,
      tenant: run.tenant,
      workflow: run.workflow,
      thread: parseThreadId(id),
      session: run.session,
      input: run.input,
      pins,
    },
    blobs: [shape],
  };
}

interface FoundCheckpoint {
  /** The thread in which it lies. */
  readonly threadKey: string;
  readonly tuple: CheckpointTuple;
}

async function checkpointBefore(
  { store, run }: StoredRun,
  step: number,
  shape: WorkflowShape | undefined,
): Promise<FoundCheckpoint> {
  const reader = await store.reader();
  const key = threadKey(run);
  const committed = (await store.events.read(run.id, 0)).flatMap((event) =>
    event.type === "step_committed" ? [event] : [],
  );
  // The first checkpoint holds the input, the second the state before the first node.
  const input = committed.length === 0 ? -1 : Math.min(...committed.map((event) => event.step));
  const first = run.pins.fork?.step ?? input + 2;
  const isPlace = ({ checkpoint }: CheckpointTuple): boolean => pendingNodes(checkpoint, shape).length > 0;

  const noted = committed.findLast((event) => event.step === step - 1)?.checkpoint;
  const tuple = noted === undefined ? undefined : await reader.getTuple(checkpointAt(key, noted));
  if (step >= first && tuple !== undefined && isPlace(tuple)) return { threadKey: key, tuple };
  // A process that died may have stored the checkpoint and not the event.
  const steps: number[] = [];
  for await (const candidate of reader.list(checkpointAt(key))) {
    const next = (candidate.metadata?.step ?? -2) + 1;
    if (next < first || !isPlace(candidate)) continue;
    if (next === step) return { threadKey: key, tuple: candidate };
    steps.push(next);
  }
  throw stepOutOfRange(run.id, step, steps);
}

async function checkedValues({ workflow }: StoredRun, given: Readonly<Record<string, unknown>>): Promise<JsonObject> {
  const stray = Object.keys(given).find((name) => !workflow.fields.includes(name));
  if (stray !== undefined) {
    throw new BatonError("input-invalid", `The state of workflow \`${workflow.id}\` has no field \`${stray}\`.`, {
      hint: `Fields it knows: ${workflow.fields.join(", ")}.`,
    });
  }
  const schemas = storedFieldsOf(workflow.graph, workflow.fields);
  const entries = Object.entries(given).map(async ([name, value]): Promise<readonly [string, JsonValue]> => {
    const json = assertJson(value, name);
    const checked = await schemas.get(name)?.check(json);
    if (checked?.ok !== false) return [name, json];
    throw new BatonError("input-invalid", `The value for \`${name}\` does not fit: ${checked.message}.`, {
      hint: `Give \`${name}\` a value as the state of workflow \`${workflow.id}\` holds it.`,
    });
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Only what makes the first steps impossible stops a fork: whoever forks wants the rest to be different. */
async function refuseUnfit(
  { run, workflow }: StoredRun,
  {
    pinned,
    found,
    set,
  }: { readonly pinned: WorkflowShape | undefined; readonly found: FoundCheckpoint; readonly set: JsonObject },
): Promise<void> {
  const to = shapeFile(workflow).id;
  if (run.pins.fingerprint === to || pinned === undefined) return;
  const pending = pendingNodes(found.tuple.checkpoint, pinned);
  const { changes } = compareShapes({ pinned, current: shapeOf(workflow), pending });
  const fatal = changes.filter(({ blocks, field }) => blocks === "fork" && (field === undefined || !(field in set)));
  if (fatal.length === 0) return;
  throw workflowChanged(run, { kind: "broken", from: run.pins.fingerprint, to, changes: fatal, pending });
}
