import type { RunId } from "../../core/ids.ts";
import { unknownRun } from "../../runs/known-run.ts";
import { ownerIsGone } from "../../runs/owner.ts";
import type { Run } from "../../runs/run.ts";
import type { ClaimOutcome, ClaimRequest, RunTable } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { threadHeld } from "../run-refusals.ts";
import type { Connection } from "./connection.ts";
import { RUN_COLUMNS, runFromRow, type RunRow } from "./run-rows.ts";
import type { FindHolder } from "./thread-holder.ts";

export interface ClaimParts {
  readonly found: (id: RunId) => Run | undefined;
  readonly findHolder: FindHolder;
}

/** Takes a run for one owner. The look at its status, the new epoch and the lease are one transaction: of two claims, one wins. */
export function claimRun(connection: Connection, { found, findHolder }: ClaimParts): RunTable["claim"] {
  const take = connection.statement<RunRow>(`
    update runs set status = 'running', epoch = epoch + 1, owner = ?, lease_until = ?, updated_at = ?, waits = 0,
      crashes = case when status = 'running' and owner <> ? then iif(crash_head is ?, crashes + 1, 1) when status = 'dead' then 0 else crashes end,
      crash_head = iif(status = 'running' and owner <> ?, ?, crash_head),
      deadline_at = iif(status in ('running', 'queued') and deadline_at is not null, deadline_at, ?)
    where id = ? returning ${RUN_COLUMNS}`);
  const newest = connection.statement<{ readonly id: string }>(
    "select id from checkpoints where thread = ? and ns = '' order by seq desc limit 1",
  );

  function claim(request: ClaimRequest): ClaimOutcome {
    const now = connection.clock.now();
    const run = found(request.run);
    if (run === undefined) throw unknownRun(request.run);
    const wanted = request.from.includes(run.status) && run.epoch === (request.epoch ?? run.epoch);
    if (!wanted || isHeld(run, now)) return { claimed: false, run };
    const before = findHolder(run);
    if (before !== undefined) throw threadHeld(run.thread, before, undefined);
    const head = newest.get(threadKey(run))?.id;
    const deadline = request.timeoutMs === undefined ? null : now + request.timeoutMs;
    const { owner } = request;
    const lease = [owner, now + request.leaseMs, now];
    const crash = [owner, head ?? null, owner, head ?? null];
    const row = take.get(...lease, ...crash, deadline, request.run);
    if (row === undefined) throw unknownRun(request.run);
    const fence = { run: row.id, epoch: row.epoch, owner };
    return { claimed: true, run: runFromRow(row), fence, takeover: run.status === "running", head };
  }

  return async (request) => await connection.write(() => claim(request));
}

function isHeld(run: Run, now: number): boolean {
  return run.status === "running" && run.leaseUntil > now && !ownerIsGone(run.owner);
}
