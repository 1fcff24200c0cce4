import type { RunId } from "../../core/ids.ts";
import { ownerIsGone } from "../../runs/owner.ts";
import type { Run } from "../../runs/run.ts";
import type { ClaimOutcome, ClaimRequest, RunTable } from "../../runs/store.ts";
import { unknownRun } from "../run-refusals.ts";
import type { Connection } from "./connection.ts";
import { isConstraint } from "./database-errors.ts";
import { RUN_COLUMNS, runFromRow, type RunRow } from "./run-rows.ts";
import type { ThreadHeld } from "./thread-holder.ts";

export interface ClaimParts {
  readonly found: (id: RunId) => Run | undefined;
  readonly heldBy: ThreadHeld;
}

/** Takes a run for one owner. The look at its status, the new epoch and the lease are one transaction: of two claims, one wins. */
export function claimRun(connection: Connection, { found, heldBy }: ClaimParts): RunTable["claim"] {
  const take = connection.statement<RunRow>(`
    update runs set status = 'running', epoch = epoch + 1, owner = ?, lease_until = ?, updated_at = ?
    where id = ? returning ${RUN_COLUMNS}`);

  function claim(request: ClaimRequest): ClaimOutcome {
    const now = connection.clock.now();
    const run = found(request.run);
    if (run === undefined) throw unknownRun(request.run);
    if (!request.from.includes(run.status) || isHeld(run, now)) return { claimed: false, run };
    try {
      const row = take.get(request.owner, now + request.leaseMs, now, request.run);
      if (row === undefined) throw unknownRun(request.run);
      const fence = { run: row.id, epoch: row.epoch, owner: request.owner };
      return { claimed: true, run: runFromRow(row), fence, takeover: run.status === "running" };
    } catch (error) {
      throw isConstraint(error) ? heldBy(run, error) : error;
    }
  }

  return async (request) => await connection.write(() => claim(request));
}

function isHeld(run: Run, now: number): boolean {
  return run.status === "running" && run.leaseUntil > now && !ownerIsGone(run.owner);
}
