import { type BaseCheckpointSaver, type Checkpoint, DeltaSnapshot, uuid6 } from "@langchain/langgraph-checkpoint";

import { storedFieldsOf } from "../graph/input.ts";
import type { JsonObject } from "../core/json.ts";
import type { Workflow } from "../graph/workflow.ts";
import { stepOutOfRange } from "./fork-range.ts";
import type { Run, RunFork } from "./run.ts";
import { checkpointAt } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";
import { isDeltaField, wholeValues } from "./whole-values.ts";

/**
 * Copies the checkpoint a fork begins from into the fork's own thread, with the fields that were set by hand, unless it is there
 * already. Every value is copied, so neither branch ever reads what the other writes. Throws `step-out-of-range` when the checkpoint
 * has been removed since.
 */
export async function seedFork(
  saver: BaseCheckpointSaver,
  run: Run,
  { fork, workflow }: { readonly fork: RunFork; readonly workflow: Workflow },
): Promise<void> {
  const key = threadKey(run);
  if ((await saver.getTuple(checkpointAt(key))) !== undefined) return;
  const source = await saver.getTuple(checkpointAt(fork.threadKey, fork.checkpoint));
  if (source === undefined) throw stepOutOfRange(fork.run, fork.step, []);
  const { checkpoint, metadata } = source;
  const values = {
    ...checkpoint.channel_values,
    ...(await wholeValues(saver, source, workflow)),
    ...(await storedValues(workflow, fork.set)),
  };
  const versions = { ...checkpoint.channel_versions };
  for (const name of Object.keys(fork.set)) versions[name] ??= saver.getNextVersion(undefined);
  const step = metadata?.step ?? fork.step - 1;
  const seed: Checkpoint = {
    ...checkpoint,
    id: uuid6(step),
    ts: new Date().toISOString(),
    channel_values: values,
    channel_versions: versions,
  };
  const { counters_since_delta_snapshot: _counters, ...kept } = metadata ?? { parents: {} };
  await saver.put(checkpointAt(key), seed, { ...kept, source: "fork", step, parents: {} }, versions);
}

/** Values given as JSON, as the state holds them: what a schema makes of them is what a node would have written. */
async function storedValues(workflow: Workflow, set: JsonObject): Promise<Readonly<Record<string, unknown>>> {
  const schemas = storedFieldsOf(workflow.graph, Object.keys(set));
  const entries = Object.entries(set).map(async ([name, given]) => {
    const checked = await schemas.get(name)?.check(given);
    const value = checked?.ok === true ? checked.value : given;
    return [name, isDeltaField(workflow, name) ? new DeltaSnapshot(value) : value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
