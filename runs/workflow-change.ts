import { BatonError } from "../core/errors.ts";
import { compareShapes, type ShapeChange } from "../graph/compatibility.ts";
import { readShape, shapeFile } from "../graph/fingerprint.ts";
import { inputSchemaOf } from "../graph/input.ts";
import { type MigrationStep, migrationPath } from "../graph/migration.ts";
import { pendingNodes } from "../graph/pending.ts";
import { shapeOf, type WorkflowShape } from "../graph/shape.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";
import { headOf } from "./thread-head.ts";

/** What the workflow of today means for a stored run. */
export type WorkflowChange =
  | { readonly kind: "same" }
  /** The run may go on. */
  | ({ readonly kind: "compatible" } & Difference)
  /** The run may go on once its migrations are applied. */
  | ({ readonly kind: "migration"; readonly path: readonly MigrationStep[] } & Difference)
  | ({ readonly kind: "broken" } & Difference);

export interface Difference {
  /** Fingerprints: the run's, and that of the workflow. */
  readonly from: string;
  readonly to: string;
  readonly changes: readonly ShapeChange[];
  /** Nodes the run is about to execute; empty when it has not begun. */
  readonly pending: readonly string[];
}

export interface StoredRun {
  readonly store: Store;
  readonly run: Run;
  readonly workflow: Workflow;
}

/** Says whether a run can go on under a workflow, from where it stands. Reads only; loads LangGraph when the workflow is another one. */
export async function examineChange(stored: StoredRun): Promise<WorkflowChange> {
  const { run, workflow } = stored;
  const { id: to } = shapeFile(workflow);
  const from = run.pins.fingerprint;
  if (from === to) return { kind: "same" };
  const { changes, pending } = await differences(stored);
  const difference: Difference = { from, to, changes, pending };
  if (changes.every(({ blocks }) => blocks === "nothing")) return { kind: "compatible", ...difference };
  const path = migrationPath(workflow.migrations, from, to);
  return path === undefined ? { kind: "broken", ...difference } : { kind: "migration", path, ...difference };
}

async function differences(stored: StoredRun): Promise<Pick<Difference, "changes" | "pending">> {
  const { store, run, workflow } = stored;
  const saver = await store.reader();
  const pinned = await pinnedShape(store, run);
  const head = await headOf(saver, run);
  // A run that nobody has claimed yet stores nothing but its input, also where its thread has a past.
  const hasBegun = run.epoch > 0 || run.pins.fork !== undefined;
  if (head === undefined || !hasBegun) return { changes: await inputChanges(stored), pending: [] };
  const pending = pendingNodes(head.checkpoint, pinned);
  const changes = pinned === undefined ? unknownShape(workflow, pending) : shapeChanges(pinned, workflow, pending);
  return { changes, pending };
}

/** The shape of the workflow a run was started on; undefined when it is not stored. */
export async function pinnedShape(store: Store, run: Run): Promise<WorkflowShape | undefined> {
  const text = await store.blobs.get(run.pins.fingerprint);
  return text === undefined ? undefined : readShape(run.pins.fingerprint, text);
}

function shapeChanges(pinned: WorkflowShape, workflow: Workflow, pending: readonly string[]): readonly ShapeChange[] {
  return compareShapes({ pinned, current: shapeOf(workflow), pending }).changes;
}

function unknownShape(workflow: Workflow, pending: readonly string[]): readonly ShapeChange[] {
  const known = new Set(workflow.nodes.map(({ name }) => name));
  const gone = pending.filter((name) => !known.has(name) && name !== "__start__");
  return [
    {
      name: workflow.id,
      text: "the shape it was started on is not stored, so nothing can be compared",
      blocks: "resume",
    },
    ...gone.map((name): ShapeChange => ({
      name,
      text: `node \`${name}\`, which the run is about to execute, is gone`,
      blocks: "fork",
    })),
  ];
}

async function inputChanges({ run, workflow }: StoredRun): Promise<readonly ShapeChange[]> {
  try {
    await inputSchemaOf(workflow).check(run.input);
    return [];
  } catch (error) {
    if (!BatonError.is(error)) throw error;
    return [{ name: "input", text: error.message.replace(/\.$/u, ""), blocks: "fork" }];
  }
}

/** The refusal to go on with a run, with what is different and the ways out. */
export function workflowChanged(run: Run, change: Exclude<WorkflowChange, { readonly kind: "same" }>): BatonError {
  const list = change.changes
    .filter(({ blocks }) => blocks !== "nothing")
    .map(({ text }) => `\n  - ${text}`)
    .join("");
  const versions = `${change.from.slice(0, 12)} → ${change.to.slice(0, 12)}`;
  return new BatonError(
    "workflow-changed",
    `Workflow \`${run.workflow}\` has changed since run \`${run.id}\` began (${versions}) in a way the run cannot follow:${list}`,
    {
      hint:
        change.kind === "migration"
          ? `It has a migration for that: baton resume ${run.id} --migrate`
          : `Run the version it began on, add a migration and use \`baton resume ${run.id} --migrate\`, or fork it: baton fork ${run.id} --step <n>`,
    },
  );
}
