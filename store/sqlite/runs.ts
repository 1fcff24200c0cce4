import type { RunId } from "../../core/ids.ts";
import { unknownRun } from "../../runs/known-run.ts";
import type { Fence, Run, RunPins, Settlement } from "../../runs/run.ts";
import type { BlobRow, NewRun, RunFilter, RunTable } from "../../runs/store.ts";
import { dueInMs, LEFT_BEHIND_MS } from "../due.ts";
import { CANCELLED_WAITING, fenced, sameRun, threadHeld } from "../run-refusals.ts";
import type { BlobWriter } from "./blobs.ts";
import { claimRun } from "./claim.ts";
import type { Connection } from "./connection.ts";
import { leaseTable } from "./leases.ts";
import { RUN_COLUMNS, runFromRow, type RunRow } from "./run-rows.ts";
import { threadHolder } from "./thread-holder.ts";

/** The table of runs on SQLite. */
export function sqliteRuns(connection: Connection, blobs: BlobWriter): RunTable {
  const { clock } = connection;
  const byId = connection.statement<RunRow>(`select ${RUN_COLUMNS} from runs where id = ?`);
  const insert = connection.statement<RunRow>(`
    insert into runs (id, tenant, thread, workflow, session, status, epoch, created_at, updated_at, input, pins, waits)
    values (?, ?, ?, ?, ?, 'queued', 0, ?, ?, ?, ?, ?) returning ${RUN_COLUMNS}`);
  const matching = connection.statement<RunRow>(`
    select ${RUN_COLUMNS} from runs
    where tenant = ifnull(?, tenant) and status = ifnull(?, status) and workflow = ifnull(?, workflow) and thread = ifnull(?, thread)
    and (? is null or (created_at, rowid) < (select before.created_at, before.rowid from runs before where before.id = ?))
    and (? or case status when 'parked' then due_at <= ? when 'interrupted' then due_at <= ? when 'running' then lease_until <= ?
      when 'queued' then updated_at <= ? else 0 end)
    order by created_at desc, rowid desc limit ?`);
  const end = connection.statement<RunRow>(`
    update runs set status = ?, settlement = ?, updated_at = ?, owner = null, lease_until = null, due_at = ?
    where id = ? and epoch = ? and owner = ? returning ${RUN_COLUMNS}`);
  const settled = connection.statement<RunRow>(
    `select ${RUN_COLUMNS} from runs where id = ? and epoch = ? and settlement = ? and owner is null`,
  );
  const rested = connection.statement<{ readonly at: number }>(`
    select updated_at as at from runs where status in (select value from json_each(?)) order by updated_at desc limit 1 offset ?`);
  const pin = connection.statement<RunRow>(`
    update runs set pins = ?, updated_at = ? where id = ? and epoch = ? and owner = ? returning ${RUN_COLUMNS}`);
  const cancel = connection.statement<RunRow>(`
    update runs set cancel_requested = 1, settlement = iif(waits, ?, settlement), updated_at = iif(waits, ?, updated_at),
      status = iif(waits, 'cancelled', status), waits = 0
    where id = ? and status not in ('completed', 'cancelled') returning ${RUN_COLUMNS}`);
  const findHolder = threadHolder(connection);
  const leases = leaseTable(connection);

  function found(id: RunId): Run | undefined {
    const row = byId.get(id);
    return row === undefined ? undefined : runFromRow(row);
  }

  function store(run: NewRun, files: readonly BlobRow[]): Run {
    const known = found(run.id);
    if (known !== undefined) return sameRun(known, run);
    const holder = findHolder(run);
    if (holder !== undefined && run.mayWait !== true) throw threadHeld(run.thread, holder, undefined);
    for (const file of files) blobs.put(file);
    const now = clock.now();
    const values = [
      run.id,
      run.tenant,
      run.thread,
      run.workflow,
      run.session,
      now,
      now,
      JSON.stringify(run.input),
      JSON.stringify(run.pins),
      holder === undefined ? 0 : 1,
    ];
    const row = insert.get(...values);
    if (row !== undefined) return runFromRow(row);
    throw new Error("An insert that returns its row returned none.");
  }

  function requestCancel(id: RunId): Run {
    const row = cancel.get(JSON.stringify(CANCELLED_WAITING), clock.now(), id);
    const run = row === undefined ? found(id) : runFromRow(row);
    if (run === undefined) throw unknownRun(id);
    return run;
  }

  function settle(fence: Fence, settlement: Settlement): Run {
    const now = clock.now();
    const due = dueInMs(settlement, now);
    const body = JSON.stringify(settlement);
    const row = end.get(
      settlement.status,
      body,
      now,
      due === null ? null : now + due,
      fence.run,
      fence.epoch,
      fence.owner,
    );
    if (row !== undefined) return runFromRow(row);
    const known = settled.get(fence.run, fence.epoch, body);
    // Said twice, since nobody heard the answer to the first time.
    if (known !== undefined) return runFromRow(known);
    throw fenced(fence);
  }

  function repin(fence: Fence, pins: RunPins, files: readonly BlobRow[]): Run {
    for (const file of files) blobs.put(file);
    const row = pin.get(JSON.stringify(pins), clock.now(), fence.run, fence.epoch, fence.owner);
    if (row === undefined) throw fenced(fence);
    return runFromRow(row);
  }

  return {
    create: async (run, files) => await connection.write(() => store(run, files)),
    get: async (id) => await connection.read(() => found(id)),
    list: async (filter) =>
      await connection.read(() => matching.all(...filterValues(filter, clock.now())).map((row) => runFromRow(row))),
    restedAt: async (statuses, nth) => await connection.read(() => rested.get(JSON.stringify(statuses), nth - 1)?.at),
    claim: claimRun(connection, { found, findHolder }),
    requestCancel: async (id) => await connection.write(() => requestCancel(id)),
    renew: async (fence, leaseMs) => await connection.write(() => leases(fence, leaseMs)),
    repin: async (fence, pins, files) => await connection.write(() => repin(fence, pins, files)),
    settle: async (fence, settlement) => await connection.write(() => settle(fence, settlement)),
  };
}

function filterValues(filter: RunFilter, now: number): (string | number | null)[] {
  return [
    filter.tenant ?? null,
    filter.status ?? null,
    filter.workflow ?? null,
    filter.thread ?? null,
    filter.before ?? null,
    filter.before ?? null,
    filter.isDue === true ? 0 : 1,
    now,
    now,
    now,
    now - LEFT_BEHIND_MS,
    filter.limit ?? 100,
  ];
}
