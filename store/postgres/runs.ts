import type { RunId } from "../../core/ids.ts";
import { unknownRun } from "../../runs/known-run.ts";
import type { Fence, Run, Settlement } from "../../runs/run.ts";
import type { BlobRow, NewRun, RunFilter, RunTable } from "../../runs/store.ts";
import { dueInMs, LEFT_BEHIND_MS } from "../due.ts";
import { CANCELLED_WAITING, fenced, sameRun, threadHeld } from "../run-refusals.ts";
import { claiming } from "./claim.ts";
import type { Database } from "./database.ts";
import { isUniqueViolation } from "./database-errors.ts";
import { extendLease } from "./leases.ts";
import { runFromRow } from "./run-rows.ts";
import { cancelRun } from "./sql/cancel-run.ts";
import { createRun } from "./sql/create-run.ts";
import { findHolder } from "./sql/find-holder.ts";
import { findRun } from "./sql/find-run.ts";
import { listRuns } from "./sql/list-runs.ts";
import { repinRun } from "./sql/repin-run.ts";
import { restedAt } from "./sql/rested-at.ts";
import { settleRun } from "./sql/settle-run.ts";

const MOST_ATTEMPTS = 8;

/** The table of runs on PostgreSQL. */
export function postgresRuns(database: Database): RunTable {
  async function found(id: RunId): Promise<Run | undefined> {
    const [row] = await database.query(findRun, [id]);
    return row === undefined ? undefined : runFromRow(row);
  }

  async function create(run: NewRun, files: readonly BlobRow[]): Promise<Run> {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await tryToCreate(run, files);
      if (outcome.run !== undefined) return outcome.run;
      const known = await found(run.id);
      if (known !== undefined) return sameRun(known, run);
      const [holder] = await database.query(findHolder, [run.tenant, run.thread, run.id]);
      if (holder !== undefined && run.mayWait !== true) throw threadHeld(run.thread, holder, outcome.refusal);
      // Whoever was in the way a moment ago has let go of the thread, or is there now to be waited for.
      if (attempt === MOST_ATTEMPTS) throw outcome.refusal ?? unknownRun(run.id);
    }
  }

  async function tryToCreate(
    run: NewRun,
    files: readonly BlobRow[],
  ): Promise<{ readonly run: Run | undefined; readonly refusal?: Error }> {
    try {
      const [row] = await database.query(createRun, [
        run.id,
        run.tenant,
        run.thread,
        run.workflow,
        run.session,
        JSON.stringify(run.input),
        JSON.stringify(run.pins),
        run.mayWait === true,
        ...blobValues(files),
      ]);
      return { run: row === undefined ? undefined : runFromRow(row) };
    } catch (error) {
      if (isUniqueViolation(error) && error instanceof Error) return { run: undefined, refusal: error };
      throw error;
    }
  }

  async function requestCancel(id: RunId): Promise<Run> {
    const [row] = await database.query(cancelRun, [id, JSON.stringify(CANCELLED_WAITING)]);
    const run = row === undefined ? await found(id) : runFromRow(row);
    if (run === undefined) throw unknownRun(id);
    return run;
  }

  async function settle(fence: Fence, settlement: Settlement): Promise<Run> {
    const body = JSON.stringify(settlement);
    const due = dueInMs(settlement, database.clock.now());
    return await database.persist(async () => {
      const values = [fence.run, fence.epoch, fence.owner, settlement.status, body, due];
      const [row] = await database.once(settleRun, values);
      if (row !== undefined) return runFromRow(row);
      const [now] = await database.once(findRun, [fence.run]);
      // An attempt of which no answer came, perhaps of an earlier call, has done it: an epoch has one owner, and comes to rest once.
      if (now?.owner === null && now.epoch === fence.epoch && now.settlement === body) return runFromRow(now);
      throw fenced(fence);
    });
  }

  return {
    create,
    get: found,
    async restedAt(statuses, nth) {
      const [row] = await database.query(restedAt, [statuses, nth - 1]);
      return row?.at;
    },
    list: async (filter) => (await database.query(listRuns, filterValues(filter))).map((row) => runFromRow(row)),
    claim: claiming(database, found),
    requestCancel,
    renew: async (fence, leaseMs) => await extendLease(database, fence, leaseMs),
    async repin(fence, pins, files) {
      const values = [fence.run, fence.epoch, fence.owner, JSON.stringify(pins), ...blobValues(files)];
      const [row] = await database.query(repinRun, values);
      if (row === undefined) throw fenced(fence);
      return runFromRow(row);
    },
    settle,
  };
}

/** Texts in base64: a text parameter cannot hold the character NUL. */
function blobValues(files: readonly BlobRow[]): [ids: string[], bodies: string[]] {
  return [files.map(({ id }) => id), files.map(({ text }) => Buffer.from(text, "utf8").toString("base64"))];
}

function filterValues(filter: RunFilter): (string | number | boolean | null)[] {
  return [
    filter.tenant ?? null,
    filter.status ?? null,
    filter.workflow ?? null,
    filter.thread ?? null,
    filter.limit ?? 100,
    filter.before ?? null,
    filter.isDue === true,
    LEFT_BEHIND_MS,
  ];
}
