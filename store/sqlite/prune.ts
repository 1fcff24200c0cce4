import { BatonError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import type { RunId, TenantId, ThreadId } from "../../core/ids.ts";
import { HOLDING_STATUSES } from "../../runs/run.ts";
import type { PruneReport, PruneRequest } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import type { Connection } from "./connection.ts";
import { pruneCheckpoints } from "./prune-thread.ts";
import { pruneRunHistory, type RunHistory } from "./prune-runs.ts";

/** A thread with a run that may be pruned. */
interface Candidate {
  readonly tenant: TenantId;
  readonly thread: ThreadId;
}

type Removed = Omit<PruneReport, "blobs" | "bytesFreed">;

const NOTHING: Removed = { threads: 0, runs: 0, checkpoints: 0, events: 0, effects: 0, bytes: 0 };
/** As many threads as the write queue puts into one transaction. */
const BATCH = 64;

/** Pruning on SQLite: each thread in one transaction, in which is decided again whether a run stands at it. */
export function sqlitePrune(connection: Connection): (request: PruneRequest) => Promise<PruneReport> {
  const prune = pruneThread(connection);
  const removeBlobs = unpinnedBlobs(connection);
  const running = connection.statement("select 1 from runs where status = 'running' limit 1");

  return async function pruneStore(request) {
    // A rehearsal does the same in a transaction that is never committed.
    const work = request.dryRun ? connection.read : connection.write;
    const threads = await connection.read(() => candidates(connection, request));
    let removed = NOTHING;
    for (let start = 0; start < threads.length; start += BATCH) {
      const batch = threads.slice(start, start + BATCH);
      const parts = await Promise.all(batch.map(async (thread) => await work(() => prune(thread, request))));
      removed = parts.reduce(add, removed);
    }
    const blobs = removed.runs > 0 && !request.dryRun ? await work(() => removeBlobs()) : 0;
    if (request.dryRun || removed.bytes === 0) return { ...removed, blobs, bytesFreed: 0 };
    // Other processes wait while the file is rewritten: not while one of them works on a run.
    const isBusy = await connection.read(() => running.get() !== undefined);
    return { ...removed, blobs, bytesFreed: isBusy ? 0 : await shrink(connection) };
  };
}

function candidates(connection: Connection, request: PruneRequest): Candidate[] {
  const select = connection.statement<Candidate>(`
    select distinct tenant, thread from runs
    where updated_at < ? and status in (select value from json_each(?)) order by tenant, thread`);
  return select.all(request.before, JSON.stringify(request.statuses));
}

function pruneThread(connection: Connection): (candidate: Candidate, request: PruneRequest) => Removed {
  const ofThread = connection.statement<{ readonly id: RunId; readonly settled: number }>(`
    select id, updated_at < ? and status in (select value from json_each(?)) as settled
    from runs where tenant = ? and thread = ?`);
  const removeRun = connection.statement("delete from runs where id = ?");
  // What the run used of another one's budget stays there.
  const removeBudget = connection.statement("delete from budgets where id = ?");
  const removeEntries = connection.statement("delete from budget_entries where budget = ?");
  const history = pruneRunHistory(connection);
  const checkpointsOf = pruneCheckpoints(connection);
  const seeds = unseededForks(connection);

  return function prune({ tenant, thread }, request) {
    const runs = ofThread.all(request.before, JSON.stringify(request.statuses), tenant, thread);
    const settled = runs.filter((run) => run.settled === 1);
    const key = threadKey({ tenant, thread });
    const isIdle = settled.length === runs.length && !seeds().has(key);
    const { checkpoints, bytes } = isIdle ? checkpointsOf(key, request.keepLatest) : { checkpoints: 0, bytes: 0 };
    const goes = isIdle && request.keepLatest === 0;
    const histories = settled.map(({ id }) => history(id, goes ? undefined : noteOf(checkpoints)));
    if (goes) {
      for (const { id } of settled) {
        removeEntries.run(id);
        removeBudget.run(id);
        removeRun.run(id);
      }
    }
    return histories.reduce<Removed>((sum, part) => add(sum, { ...NOTHING, ...part }), {
      ...NOTHING,
      threads: checkpoints > 0 || histories.some(({ bytes: size }) => size > 0) ? 1 : 0,
      runs: goes ? settled.length : 0,
      checkpoints,
      bytes,
    });
  };
}

function noteOf(checkpoints: number): (history: RunHistory) => RunEvent {
  return ({ events, effects }) => ({ type: "history_pruned", checkpoints, events, effects });
}

/** Threads from which a fork has yet to copy its first checkpoint. */
function unseededForks(connection: Connection): () => ReadonlySet<string> {
  const held = HOLDING_STATUSES.map((status) => `'${status}'`).join(", ");
  const forks = connection.statement<Candidate & { readonly source: string }>(`
    select tenant, thread, json_extract(pins, '$.fork.threadKey') as source from runs
    where status in (${held}, 'dead') and json_extract(pins, '$.fork.threadKey') is not null`);
  const any = connection.statement("select 1 from checkpoints where thread = ? limit 1");
  return () => new Set(forks.all().flatMap((fork) => (any.get(threadKey(fork)) === undefined ? [fork.source] : [])));
}

function unpinnedBlobs(connection: Connection): () => number {
  const remove = connection.statement(`
    delete from blobs where id not in (
      select json_extract(file.value, '$.blob') from runs, json_each(runs.pins, '$.prompts') prompt, json_each(prompt.value, '$.files') file
      union select json_extract(pins, '$.fingerprint') from runs)`);
  return () => remove.run();
}

async function shrink(connection: Connection): Promise<number> {
  const size = connection.statement<{ readonly bytes: number }>(
    "select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()",
  );
  const before = await connection.read(() => size.get()?.bytes ?? 0);
  try {
    await connection.compact();
  } catch (error) {
    // The rows are gone and their space is used again; only the file could not be made smaller now.
    if (BatonError.is(error) && (error.code === "database-full" || error.code === "database-busy")) return 0;
    throw error;
  }
  return before - (await connection.read(() => size.get()?.bytes ?? 0));
}

function add(sum: Removed, part: Removed): Removed {
  return {
    threads: sum.threads + part.threads,
    runs: sum.runs + part.runs,
    checkpoints: sum.checkpoints + part.checkpoints,
    events: sum.events + part.events,
    effects: sum.effects + part.effects,
    bytes: sum.bytes + part.bytes,
  };
}
