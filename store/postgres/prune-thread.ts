import type { RunEvent } from "../../core/events.ts";
import type { RunId, TenantId, ThreadId } from "../../core/ids.ts";
import type { PruneReport, PruneRequest } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { newMark } from "./commit.ts";
import type { RunStatement } from "./database.ts";
import { pruneCheckpoints } from "./prune-checkpoints.ts";
import { insertNote, lockThread, removeHistory, removeRun, unseededFork, weighHistory } from "./sql/prune-runs.ts";

/** What was removed of one thread. */
export type Pruned = Omit<PruneReport, "blobs" | "bytesFreed">;

/** Removes the history of the settled runs of a thread, and its older checkpoints when no run stands at it. Runs inside a transaction. */
export async function pruneThread(
  run: RunStatement,
  { tenant, thread }: { readonly tenant: TenantId; readonly thread: ThreadId },
  request: PruneRequest,
): Promise<Pruned> {
  const runs = await run(lockThread, [tenant, thread, request.before, request.statuses]);
  const settled = runs.filter((one) => one.settled);
  const key = threadKey({ tenant, thread });
  const isIdle = settled.length === runs.length && (await run(unseededFork, [key])).length === 0;
  const removed = isIdle ? await pruneCheckpoints(run, key, request.keepLatest) : { checkpoints: 0, bytes: 0 };
  const goes = isIdle && request.keepLatest === 0;
  let total: Pruned = { threads: 0, runs: goes ? settled.length : 0, events: 0, effects: 0, ...removed };
  for (const { id } of settled) {
    const { events, effects, bytes } = await pruneHistory(run, id, goes ? undefined : removed.checkpoints);
    total = { ...total, events: total.events + events, effects: total.effects + effects, bytes: total.bytes + bytes };
    if (goes) await run(removeRun, [id]);
  }
  return { ...total, threads: removed.checkpoints > 0 || total.bytes > removed.bytes ? 1 : 0 };
}

/** Removes events and journal, and leaves a note of it unless the run itself goes. */
async function pruneHistory(
  run: RunStatement,
  id: RunId,
  checkpoints: number | undefined,
): Promise<{ readonly events: number; readonly effects: number; readonly bytes: number }> {
  const [weight] = await run(weighHistory, [id]);
  const { events, effects, event_bytes: eventBytes, effect_bytes: effectBytes, last } = weight ?? NO_WEIGHT;
  await run(removeHistory, [id, checkpoints !== undefined]);
  if (checkpoints !== undefined && events > 0) {
    const note: RunEvent = { type: "history_pruned", checkpoints, events, effects };
    await run(insertNote, [id, last ?? 1, JSON.stringify(note), newMark()]);
  }
  return { events, effects, bytes: eventBytes + effectBytes };
}

const NO_WEIGHT = { events: 0, event_bytes: 0, effects: 0, effect_bytes: 0, last: null };
