import { isDeepStrictEqual } from "node:util";

import {
  type BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointTuple,
  type CheckpointMetadata,
  DeltaSnapshot,
  isDeltaSnapshot,
  maxChannelVersion,
  RESUME,
  uuid6,
} from "@langchain/langgraph-checkpoint";

import { BatonError } from "../core/errors.ts";
import { storedFieldsOf } from "../graph/input.ts";
import { type MigratedState, type MigrationStep, migrateState, renamedNodes } from "../graph/migration.ts";
import { pendingNodes } from "../graph/pending.ts";
import { isNodeChannel, renameNodes, taskIdsOf } from "../graph/renamed-channels.ts";
import type { WorkflowShape } from "../graph/shape.ts";
import type { Workflow } from "../graph/workflow.ts";
import { isDeltaField, wholeValues } from "./whole-values.ts";

/** What has to be known to change a stored thread. */
export interface ThreadToMigrate {
  readonly saver: BaseCheckpointSaver;
  readonly head: CheckpointTuple;
  readonly workflow: Workflow;
  readonly path: readonly MigrationStep[];
  /** Shapes of the workflow the run was started on and of the one it is to go on under, as far as they are stored. */
  readonly before: WorkflowShape | undefined;
  readonly after: WorkflowShape | undefined;
}

/** A checkpoint that is to stand in the place of a thread's last one. */
export interface MigratedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
  readonly newVersions: ChannelVersions;
  readonly parent: string | undefined;
  /** The checkpoint whose place it takes. */
  readonly replaced: string;
  readonly fields: readonly string[];
  readonly state: MigratedState;
  /** Tasks of the step in flight: their new ids, and those under which their calls were journaled. */
  readonly tasks: Readonly<Record<string, string>>;
  /** Answers that a task of the step in flight has already been given, by its new id. */
  readonly answers: ReadonlyMap<string, unknown>;
}

/**
 * Works out what a thread looks like after its migrations. Writes nothing. Throws `migration-failed` when a function of theirs fails or
 * what it returns does not fit the workflow.
 */
export async function planMigration(thread: ThreadToMigrate): Promise<MigratedCheckpoint> {
  const { saver, head, workflow, path } = thread;
  refuseInnerGraphs(thread);
  const fieldNames = namesOf(thread);
  const before = fieldsOf(head, await wholeValues(saver, head, workflow), fieldNames);
  // Read a second time, so that a function that changes its argument in place is noticed as a change.
  const again = (await saver.getTuple(head.config)) ?? head;
  const given = fieldsOf(again, await wholeValues(saver, again, workflow), fieldNames);
  const state = path.reduce(migrateState, given);
  await checkState(thread, before, state);
  const renamed = path.reduce((checkpoint, step) => renameNodes(checkpoint, renamedNodes(step)), head.checkpoint);
  const { changed, removed } = differenceOf(before, state);
  const step = head.metadata?.step ?? -1;
  const checkpoint = withFields(
    { ...renamed, id: uuid6(step), ts: new Date().toISOString() },
    { ...thread, state, changed, removed },
  );
  const moved = Object.keys(checkpoint.channel_versions).filter(
    (channel) => changed.includes(channel) || isNodeChannel(channel),
  );
  const tasks = sameTasks(thread, checkpoint, step + 1);
  return {
    checkpoint,
    metadata: { ...head.metadata, source: "update", step, parents: head.metadata?.parents ?? {} },
    newVersions: Object.fromEntries(moved.map((channel) => [channel, checkpoint.channel_versions[channel] ?? 1])),
    // Beside the old one, not behind it: what is rebuilt from the way to a checkpoint has the same way to go.
    parent: head.parentConfig?.configurable?.["checkpoint_id"],
    replaced: head.checkpoint.id,
    fields: [...changed, ...removed],
    state,
    tasks,
    answers: answersOf(head, tasks),
  };
}

/** What a graph inside a node has noted lies under the id of its task, which a migrated checkpoint changes. */
function refuseInnerGraphs({ head, path, before }: ThreadToMigrate): void {
  const inner = pendingNodes(head.checkpoint, before).find((name) => before?.nodes[name]?.subgraph !== undefined);
  if (inner === undefined) return;
  throw misfit(path, `node \`${inner}\` is a graph of its own and is under way`);
}

/** Fields of the old and of the new version: whatever of them is stored belongs to the state. */
function namesOf({ before, after, workflow }: ThreadToMigrate): readonly string[] {
  return [...new Set([...Object.keys(before?.fields ?? {}), ...Object.keys(after?.fields ?? {}), ...workflow.fields])];
}

function fieldsOf(
  { checkpoint }: CheckpointTuple,
  whole: Readonly<Record<string, DeltaSnapshot>>,
  names: readonly string[],
): MigratedState {
  const values: Readonly<Record<string, unknown>> = { ...checkpoint.channel_values, ...whole };
  const held = names.filter((name) => values[name] !== undefined);
  return Object.fromEntries(
    held.map((name) => {
      const value = values[name];
      return [name, isDeltaSnapshot(value) ? value.value : value];
    }),
  );
}

async function checkState({ path, workflow, after }: ThreadToMigrate, before: MigratedState, state: MigratedState) {
  const known = Object.keys(after?.fields ?? {});
  const stray = after === undefined ? undefined : Object.keys(state).find((name) => !known.includes(name));
  if (stray !== undefined) throw misfit(path, `it leaves a field \`${stray}\`, which the state does not have`);
  if (path.at(-1)?.direction !== "up") return;
  for (const [name, schema] of storedFieldsOf(workflow.graph, workflow.fields)) {
    const value = state[name];
    if (value === undefined ? schema.optional || !(name in before) : isDeepStrictEqual(value, before[name])) continue;
    const checked = await schema.check(value);
    if (!checked.ok) throw misfit(path, `the field \`${name}\` does not fit: ${checked.message}`);
  }
}

function misfit(path: readonly MigrationStep[], why: string): BatonError {
  const versions = [path[0]?.from ?? "", ...path.map(({ to }) => to)].map((version) => `\`${version.slice(0, 12)}\``);
  return new BatonError("migration-failed", `The migration ${versions.join(" → ")} failed: ${why}.`, {
    hint: "Nothing was changed. Mend the migration in `workflow()` and try again.",
  });
}

function differenceOf(before: MigratedState, after: MigratedState) {
  return {
    changed: Object.keys(after).filter(
      (name) => after[name] !== undefined && !isDeepStrictEqual(after[name], before[name]),
    ),
    removed: Object.keys(before).filter((name) => after[name] === undefined),
  };
}

interface FieldChanges {
  readonly saver: BaseCheckpointSaver;
  readonly workflow: Workflow;
  readonly state: MigratedState;
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

function withFields(checkpoint: Checkpoint, { saver, workflow, state, changed, removed }: FieldChanges): Checkpoint {
  const versions = Object.values(checkpoint.channel_versions);
  const newest = versions.length === 0 ? undefined : maxChannelVersion(...versions);
  const kept = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !removed.includes(name)));
  return {
    ...checkpoint,
    channel_values: {
      ...kept(checkpoint.channel_values),
      ...Object.fromEntries(
        changed.map((name) => [name, isDeltaField(workflow, name) ? new DeltaSnapshot(state[name]) : state[name]]),
      ),
    },
    channel_versions: {
      ...kept(checkpoint.channel_versions),
      // The type of a version is the saver's own affair: what it is given is one of its own.
      ...Object.fromEntries(changed.map((name) => [name, saver.getNextVersion(newest as number | undefined)])),
    },
  };
}

function sameTasks(
  { head, before, after }: ThreadToMigrate,
  migrated: Checkpoint,
  step: number,
): Record<string, string> {
  const was = taskIdsOf(head.checkpoint, pendingNodes(head.checkpoint, before), step);
  const is = taskIdsOf(migrated, pendingNodes(migrated, after ?? before), step);
  return Object.fromEntries(is.flatMap((id, index) => (was[index] === undefined ? [] : [[id, was[index]]])));
}

function answersOf({ pendingWrites = [] }: CheckpointTuple, tasks: Readonly<Record<string, string>>) {
  const newIds = new Map(Object.entries(tasks).map(([is, was]) => [was, is]));
  return new Map(
    pendingWrites.flatMap(([task, channel, value]): readonly (readonly [string, unknown])[] => {
      const id = newIds.get(task);
      return channel === RESUME && id !== undefined ? [[id, value]] : [];
    }),
  );
}

/** Puts a migrated checkpoint into its thread. The steps in flight begin again under it, with the calls and answers they already have. */
export async function writeMigration(
  saver: BaseCheckpointSaver,
  threadKey: string,
  { checkpoint, metadata, newVersions, parent, answers }: MigratedCheckpoint,
): Promise<void> {
  const place = { thread_id: threadKey, checkpoint_ns: "", ...(parent === undefined ? {} : { checkpoint_id: parent }) };
  const config = await saver.put({ configurable: place }, checkpoint, metadata, newVersions);
  for (const [task, answer] of answers) await saver.putWrites(config, [[RESUME, answer]], task);
}
