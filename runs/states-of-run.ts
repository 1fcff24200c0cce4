import { isJsonObject, type JsonObject } from "../core/json.ts";
import { toReadableJson } from "../core/readable-json.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";
import { checkpointAt } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";
import { wholeValues } from "./whole-values.ts";

/** The state after each step of a run's thread, reducers applied, by LangGraph's number of the step. Reads every checkpoint: for short runs. */
export async function statesOfRun(
  store: Store,
  run: Run,
  workflow: Workflow,
): Promise<ReadonlyMap<number, JsonObject>> {
  const states = new Map<number, JsonObject>();
  const saver = await store.reader();
  for await (const tuple of saver.list(checkpointAt(threadKey(run)))) {
    const { checkpoint, metadata } = tuple;
    const step = metadata?.step;
    // The newest comes first: of two checkpoints of one step the later one counts.
    if (step === undefined || states.has(step)) continue;
    const whole = Object.entries(await wholeValues(saver, tuple, workflow)).map(([name, { value }]) => [name, value]);
    const held: Readonly<Record<string, unknown>> = { ...checkpoint.channel_values, ...Object.fromEntries(whole) };
    const values = workflow.fields.flatMap((name) => (name in held ? [[name, held[name]] as const] : []));
    const state = toReadableJson(Object.fromEntries(values));
    states.set(step, isJsonObject(state) ? state : {});
  }
  return states;
}
