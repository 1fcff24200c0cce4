import { statement } from "../statement.ts";

/** A row when the fence holds, which then holds until the transaction ends. `$1` run, `$2` epoch, `$3` owner. */
export const holdFence = statement<{ readonly held: number }>(
  "hold_fence",
  (schema) => `select 1 as held from ${schema}.runs where id = $1 and epoch = $2 and owner = $3 for share`,
);

/** `$1` budget, `$2` limits. */
export const setLimits = statement<never>(
  "set_budget_limits",
  (schema) => `
insert into ${schema}.budgets (id, limits) values ($1, $2) on conflict (id) do update set limits = excluded.limits`,
);

/** What a budget allows; whoever asks is the only one to add to its ledger until the transaction ends. `$1` budget. */
export const lockBudget = statement<{ readonly limits: string }>(
  "lock_budget",
  (schema) => `select limits from ${schema}.budgets where id = $1 for update`,
);

/** `$1` budget. */
export const budgetLimits = statement<{ readonly limits: string }>(
  "budget_limits",
  (schema) => `select limits from ${schema}.budgets where id = $1`,
);

export interface BudgetSums {
  readonly tokens: number;
  readonly usd: number;
  readonly model_calls: number;
  readonly steps: number;
  readonly open_ended: boolean;
  readonly open: boolean;
}

/** The ledger of a budget: what is spent in one row, each open reservation in its own. `$1` budget. */
export const budgetSums = statement<BudgetSums>(
  "budget_sums",
  (schema) => `
select sum(tokens) as tokens, sum(usd) as usd, sum(model_calls) as model_calls, sum(steps) as steps,
  bool_or(open_ended) as open_ended, open
from (
  select e.*, not e.spent and coalesce(r.status = 'running' and r.epoch = e.epoch and r.lease_until > now(), false) as open
  from ${schema}.budget_entries e left join ${schema}.runs r on r.id = e.run
  where e.budget = $1) entry
group by open, case when open then key end`,
);

/** A row when the ledger has the entry. `$1` budget, `$2` key. */
export const knownEntry = statement<{ readonly known: number }>(
  "known_budget_entry",
  (schema) => `select 1 as known from ${schema}.budget_entries where budget = $1 and key = $2`,
);

/**
 * What is spent takes the place of what was reserved; what is spent already stays. `$1` budget, `$2` key, `$3` run, `$4` epoch, `$5` spent,
 * `$6` open-ended, `$7` tokens, `$8` dollars, `$9` calls, `$10` steps.
 */
export const addEntry = statement<never>(
  "add_budget_entry",
  (schema) => `
insert into ${schema}.budget_entries as known (budget, key, run, epoch, spent, open_ended, tokens, usd, model_calls, steps)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (budget, key) do update set spent = true, tokens = excluded.tokens, usd = excluded.usd,
  model_calls = excluded.model_calls, steps = excluded.steps
where excluded.spent and not known.spent`,
);

/** `$1` budget, `$2` key. */
export const removeReservation = statement<never>(
  "remove_reservation",
  (schema) => `delete from ${schema}.budget_entries where budget = $1 and key = $2 and not spent`,
);
