import type { StoredEvent } from "../core/events.ts";
import { BatonError, serializeError } from "../core/errors.ts";
import type { Workflow } from "../graph/workflow.ts";
import type { Fence, FailedAt, Run } from "./run.ts";
import { restOf } from "./state-at-head.ts";
import type { Store } from "./store.ts";

/** How many owners may vanish in the same step before nobody else is sent in. */
export const MOST_CRASHES = 5;

/**
 * Puts a run to rest whose owners vanish one after the other in the same step, with everything that is known: the last error, where it was, which
 * ownerships ended there. `resume` by force tries again.
 */
export async function bury(
  store: Store,
  { run, fence }: { readonly run: Run; readonly fence: Fence },
  workflow: Workflow,
): Promise<Run> {
  const events = await store.events.read(run.id, 0);
  const place = placeOf(events);
  const epochs = Array.from({ length: run.crashes }, (_, index) => run.epoch - run.crashes + index);
  const error = serializeError(crashed(run, { place, last: lastErrorOf(events) }));
  const rest = await restOf(store, run, workflow);
  await store.events.append(fence, [{ type: "run_died", error, epochs }]);
  return await store.runs.settle(fence, { status: "dead", error, epochs, ...place, ...rest });
}

/** The task that was under way when the last owner vanished. */
function placeOf(events: readonly StoredEvent[]): FailedAt {
  const ended = new Set(events.flatMap((event) => (event.type === "task_completed" ? [event.taskId] : [])));
  const last = events.findLast(
    (event) => event.type === "task_started" && event.namespace === "" && !ended.has(event.taskId),
  );
  return last?.type === "task_started" ? { step: last.step, node: last.node } : {};
}

function lastErrorOf(events: readonly StoredEvent[]): string | undefined {
  const failure = events.findLast(({ type }) => type === "task_failed" || type === "run_failed");
  return failure !== undefined && "error" in failure ? failure.error.message : undefined;
}

interface Findings {
  readonly place: FailedAt;
  readonly last: string | undefined;
}

function crashed({ id, crashes }: Run, { place, last }: Findings): BatonError {
  const where = place.node === undefined ? "" : ` at step ${place.step} in node \`${place.node}\``;
  const known = last === undefined ? "" : ` The last error it reported: ${last}`;
  return new BatonError(
    "run-crashed",
    `Run \`${id}\` ended its process ${crashes} times in a row${where}, without an error of its own.${known}`,
    {
      hint: `Find out what ends the process (memory, a native crash, a blocked loop); then try again with: baton resume ${id} --force`,
    },
  );
}
