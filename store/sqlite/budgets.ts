import type { Budget } from "../../core/budget.ts";
import type { RunId } from "../../core/ids.ts";
import { type BudgetState, type BudgetTable, budgetState, judgeReservation } from "../../runs/budget-table.ts";
import type { Connection } from "./connection.ts";
import type { FenceCheck } from "./fence.ts";

interface EntryRow {
  readonly tokens: number;
  readonly usd: number;
  readonly model_calls: number;
  readonly steps: number;
  readonly open_ended: number;
  readonly open: number;
}

/** The ledger of budgets on SQLite: each call is one transaction. */
export function sqliteBudgets(connection: Connection, check: FenceCheck): BudgetTable {
  const limitsOf = connection.statement<{ readonly limits: string }>("select limits from budgets where id = ?");
  const setLimits = connection.statement(
    "insert into budgets (id, limits) values (?, ?) on conflict (id) do update set limits = excluded.limits",
  );
  // What several entries come to is added up here: open ones apart, since each is judged by itself.
  const entries = connection.statement<EntryRow>(`
    select sum(e.tokens) as tokens, sum(e.usd) as usd, sum(e.model_calls) as model_calls, sum(e.steps) as steps,
      max(e.open_ended) as open_ended, not e.spent and ifnull(r.status = 'running' and r.epoch = e.epoch and r.lease_until > ?, 0) as open
    from budget_entries e left join runs r on r.id = e.run
    where e.budget = ? group by iif(open, e.key, ''), open`);
  const known = connection.statement("select 1 from budget_entries where budget = ? and key = ?");
  const insert = connection.statement(`
    insert into budget_entries (budget, key, run, epoch, spent, open_ended, tokens, usd, model_calls, steps)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (budget, key) do update set spent = 1, tokens = excluded.tokens, usd = excluded.usd,
      model_calls = excluded.model_calls, steps = excluded.steps where excluded.spent and not budget_entries.spent`);
  const remove = connection.statement("delete from budget_entries where budget = ? and key = ? and not spent");

  function stateOf(budget: RunId): BudgetState | undefined {
    const row = limitsOf.get(budget);
    if (row === undefined) return undefined;
    // Written by `open` from a `Budget`.
    const limits = JSON.parse(row.limits) as Budget;
    const rows = entries.all(connection.clock.now(), budget);
    return budgetState(
      limits,
      rows.map(({ model_calls: modelCalls, open_ended: openEnded, open, tokens, usd, steps }) => ({
        amount: { tokens, usd, modelCalls, steps },
        isOpenEnded: openEnded === 1,
        isOpen: open === 1,
      })),
    );
  }

  return {
    open: async (fence, budget, limits) =>
      await connection.write(() => {
        check(fence);
        setLimits.run(budget, JSON.stringify(limits));
      }),
    reserve: async (fence, budget, { key, amount, isOpenEnded }) =>
      await connection.write(() => {
        check(fence);
        const state = stateOf(budget) ?? budgetState({}, []);
        if (known.get(budget, key) !== undefined) return { verdict: "granted", state } as const;
        const verdict = judgeReservation(state, { amount, isOpenEnded });
        const { tokens, usd, modelCalls, steps } = amount;
        const owner = [budget, key, fence.run, fence.epoch];
        if (verdict === "granted") insert.run(...owner, 0, isOpenEnded ? 1 : 0, tokens, usd, modelCalls, steps);
        return { verdict, state };
      }),
    settle: async (fence, budget, { key, amount: { tokens, usd, modelCalls, steps } }) =>
      await connection.write(() => {
        check(fence);
        insert.run(budget, key, fence.run, fence.epoch, 1, 0, tokens, usd, modelCalls, steps);
      }),
    release: async (fence, budget, key) =>
      await connection.write(() => {
        check(fence);
        remove.run(budget, key);
      }),
    read: async (budget) => await connection.read(() => stateOf(budget)),
  };
}
