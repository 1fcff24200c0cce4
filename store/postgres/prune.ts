import type { PruneReport, PruneRequest } from "../../runs/store.ts";
import type { Database } from "./database.ts";
import { pruneThread, type Pruned } from "./prune-thread.ts";
import { lockBlobs, removeBlobs, restingThreads } from "./sql/prune-runs.ts";

const NOTHING: Pruned = { threads: 0, runs: 0, checkpoints: 0, events: 0, effects: 0, bytes: 0 };

/** Pruning on PostgreSQL: each thread in one transaction, in which is decided again whether a run stands at it. */
export function postgresPrune(database: Database): (request: PruneRequest) => Promise<PruneReport> {
  return async function prune(request) {
    const threads = await database.query(restingThreads, [request.before, request.statuses]);
    let removed = NOTHING;
    for (const thread of threads) {
      const part = await database.transaction(async (run) => await pruneThread(run, thread, request), request);
      removed = add(removed, part);
    }
    const blobs = removed.runs > 0 && !request.dryRun ? await unpinned(database) : 0;
    // The server keeps the room for what comes next; only `vacuum full`, which stops everybody, would give it back.
    return { ...removed, blobs, bytesFreed: 0 };
  };
}

async function unpinned(database: Database): Promise<number> {
  return await database.transaction(async (run) => {
    await run(lockBlobs, []);
    return (await run(removeBlobs, [])).length;
  });
}

function add(sum: Pruned, part: Pruned): Pruned {
  return {
    threads: sum.threads + part.threads,
    runs: sum.runs + part.runs,
    checkpoints: sum.checkpoints + part.checkpoints,
    events: sum.events + part.events,
    effects: sum.effects + part.effects,
    bytes: sum.bytes + part.bytes,
  };
}
