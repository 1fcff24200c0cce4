import { isJsonObject, type JsonObject } from "../core/json.ts";
import { toReadableJson } from "../core/readable-json.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";
import { checkpointAt } from "./thread-head.ts";
import { threadKey } from "./thread-key.ts";

/** The state after each step of a run's thread, reducers applied, by LangGraph's number of the step. Reads every checkpoint: for short runs. */
export async function statesOfRun(
  store: Store,
  run: Run,
  fields: readonly string[],
): Promise<ReadonlyMap<number, JsonObject>> {
  const states = new Map<number, JsonObject>();
  const saver = await store.reader();
  for await (const { checkpoint, metadata } of saver.list(checkpointAt(threadKey(run)))) {
    const step = metadata?.step;
    // The newest comes first: of two checkpoints of one step the later one counts.
    if (step === undefined || states.has(step)) continue;
    const values = fields.flatMap((name) =>
      name in checkpoint.channel_values ? [[name, checkpoint.channel_values[name]] as const] : [],
    );
    const state = toReadableJson(Object.fromEntries(values));
    states.set(step, isJsonObject(state) ? state : {});
  }
  return states;
}
