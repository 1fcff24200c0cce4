import type { RunId } from "../../core/ids.ts";
import { unknownRun } from "../../runs/known-run.ts";
import { ownerIsGone } from "../../runs/owner.ts";
import type { Run } from "../../runs/run.ts";
import type { ClaimOutcome, ClaimRequest, RunTable } from "../../runs/store.ts";
import { threadKey } from "../../runs/thread-key.ts";
import { threadHeld } from "../run-refusals.ts";
import type { Database } from "./database.ts";
import { isUniqueViolation } from "./database-errors.ts";
import { lineageId } from "./lineage.ts";
import { runFromRow } from "./run-rows.ts";
import { claimRun, type TakenRow } from "./sql/claim-run.ts";
import { findHolder } from "./sql/find-holder.ts";

/** Takes a run for one owner: of two claims, one wins. */
export function claiming(database: Database, found: (id: RunId) => Promise<Run | undefined>): RunTable["claim"] {
  async function take(request: ClaimRequest, run: Run): Promise<TakenRow | undefined> {
    const orphaned = run.status === "running" && ownerIsGone(run.owner);
    // A claim that was made but whose answer was lost refuses its own repetition; its lease then ends by itself.
    const [row] = await database.query(claimRun, [
      request.run,
      request.owner,
      request.leaseMs,
      request.from,
      orphaned ? run.owner : null,
      orphaned ? run.epoch : null,
      request.epoch ?? null,
      lineageId({ thread: threadKey(run), ns: "" }),
      request.timeoutMs ?? null,
    ]);
    return row;
  }

  return async (request): Promise<ClaimOutcome> => {
    const run = await found(request.run);
    if (run === undefined) throw unknownRun(request.run);
    let refusal: unknown;
    try {
      const row = await take(request, run);
      if (row !== undefined) return outcomeOf(row, request);
    } catch (error) {
      // Another run took the thread at the same moment.
      if (!isUniqueViolation(error)) throw error;
      refusal = error;
    }
    const now = (await found(request.run)) ?? run;
    const wanted = request.from.includes(now.status) && now.epoch === (request.epoch ?? now.epoch);
    const [holder] = wanted ? await database.query(findHolder, [now.tenant, now.thread, now.id]) : [];
    if (holder !== undefined) throw threadHeld(now.thread, holder, refusal);
    return { claimed: false, run: now };
  };
}

function outcomeOf(row: TakenRow, { owner }: ClaimRequest): ClaimOutcome {
  const fence = { run: row.id, epoch: row.epoch, owner };
  return { claimed: true, run: runFromRow(row), fence, takeover: row.was_running, head: row.head ?? undefined };
}
