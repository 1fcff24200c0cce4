import { type Budget, type Spend } from "../../core/budget.ts";
import type { RunId } from "../../core/ids.ts";
import { type BudgetState, type BudgetTable, budgetState, judgeReservation } from "../../runs/budget-table.ts";
import type { Fence } from "../../runs/run.ts";
import type { MemoryData } from "./memory-data.ts";

export interface KeptBudget {
  limits: Budget;
  readonly entries: Map<string, KeptEntry>;
}

interface KeptEntry {
  readonly fence: Fence;
  readonly amount: Spend;
  readonly isOpenEnded: boolean;
  readonly spent: boolean;
}

/** The ledger of budgets, in memory. */
export function memoryBudgets(data: MemoryData): BudgetTable {
  function kept(budget: RunId): KeptBudget {
    const found = data.budgets.get(budget) ?? { limits: {}, entries: new Map<string, KeptEntry>() };
    data.budgets.set(budget, found);
    return found;
  }

  function stateOf({ limits, entries }: KeptBudget): BudgetState {
    const now = data.clock.now();
    return budgetState(
      limits,
      [...entries.values()].map(({ fence, amount, isOpenEnded, spent }) => {
        const run = data.runs.get(fence.run);
        const isHeld = run?.held !== undefined && run.held.leaseUntil > now && run.facts.epoch === fence.epoch;
        return { amount, isOpenEnded, isOpen: !spent && isHeld };
      }),
    );
  }

  return {
    async open(fence, budget, limits) {
      data.check(fence);
      kept(budget).limits = limits;
    },
    async reserve(fence, budget, { key, amount, isOpenEnded }) {
      data.check(fence);
      const found = kept(budget);
      const state = stateOf(found);
      const verdict = found.entries.has(key) ? "granted" : judgeReservation(state, { amount, isOpenEnded });
      if (verdict === "granted" && !found.entries.has(key) && !data.faults.has("reservation off"))
        found.entries.set(key, { fence, amount, isOpenEnded, spent: false });
      return { verdict, state };
    },
    async settle(fence, budget, { key, amount }) {
      data.check(fence);
      const { entries } = kept(budget);
      if (entries.get(key)?.spent !== true) entries.set(key, { fence, amount, isOpenEnded: false, spent: true });
    },
    async release(fence, budget, key) {
      data.check(fence);
      const { entries } = kept(budget);
      if (entries.get(key)?.spent === false) entries.delete(key);
    },
    async read(budget) {
      const found = data.budgets.get(budget);
      return found === undefined ? undefined : stateOf(found);
    },
  };
}
