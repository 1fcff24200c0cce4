import type { Budget } from "../../core/budget.ts";
import type { RunId } from "../../core/ids.ts";
import { type BudgetState, type BudgetTable, budgetState, judgeReservation } from "../../runs/budget-table.ts";
import type { Fence } from "../../runs/run.ts";
import { fenced } from "../run-refusals.ts";
import type { Database, RunStatement } from "./database.ts";
import {
  addEntry,
  budgetLimits,
  budgetSums,
  holdFence,
  knownEntry,
  lockBudget,
  removeReservation,
  setLimits,
} from "./sql/budgets.ts";

/** The ledger of budgets on PostgreSQL. Reservations of one budget wait for one another; those of others do not. */
export function postgresBudgets(database: Database): BudgetTable {
  async function underFence<T>(fence: Fence, work: (run: RunStatement) => Promise<T>): Promise<T> {
    return await database.transaction(async (run) => {
      const held = await run(holdFence, [fence.run, fence.epoch, fence.owner]);
      if (held.length === 0) throw fenced(fence);
      return await work(run);
    });
  }

  return {
    open: async (fence, budget, limits) =>
      await underFence(fence, async (run) => void (await run(setLimits, [budget, JSON.stringify(limits)]))),
    reserve: async (fence, budget, { key, amount, isOpenEnded }) =>
      await underFence(fence, async (run) => {
        const [row] = await run(lockBudget, [budget]);
        const state = await stateOf(run, budget, row?.limits ?? "{}");
        if ((await run(knownEntry, [budget, key])).length > 0) return { verdict: "granted", state } as const;
        const verdict = judgeReservation(state, { amount, isOpenEnded });
        const { tokens, usd, modelCalls, steps } = amount;
        const owner = [budget, key, fence.run, fence.epoch];
        if (verdict === "granted") await run(addEntry, [...owner, false, isOpenEnded, tokens, usd, modelCalls, steps]);
        return { verdict, state };
      }),
    settle: async (fence, budget, { key, amount: { tokens, usd, modelCalls, steps } }) =>
      await underFence(fence, async (run) => {
        const owner = [budget, key, fence.run, fence.epoch];
        await run(addEntry, [...owner, true, false, tokens, usd, modelCalls, steps]);
      }),
    release: async (fence, budget, key) =>
      await underFence(fence, async (run) => void (await run(removeReservation, [budget, key]))),
    async read(budget) {
      const [row] = await database.query(budgetLimits, [budget]);
      if (row === undefined) return undefined;
      return await stateOf(async (statement, values) => await database.query(statement, values), budget, row.limits);
    },
  };
}

async function stateOf(run: RunStatement, budget: RunId, limits: string): Promise<BudgetState> {
  const rows = await run(budgetSums, [budget]);
  return budgetState(
    // Written by `open` from a `Budget`.
    JSON.parse(limits) as Budget,
    rows.map(({ tokens, usd, model_calls: modelCalls, steps, open_ended: isOpenEnded, open: isOpen }) => ({
      amount: { tokens, usd, modelCalls, steps },
      isOpenEnded,
      isOpen,
    })),
  );
}
