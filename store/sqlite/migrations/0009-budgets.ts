/**
 * What runs may use, and the ledger of what they use: a row for each model call and step of a run with a budget. `spent` is 0 while it is only
 * reserved, by the owner of the run in that epoch.
 */
export const budgetTables = `
create table budgets (
  id text primary key,
  limits text not null
) strict, without rowid;

create table budget_entries (
  budget text not null,
  key text not null,
  run text not null,
  epoch integer not null,
  spent integer not null,
  open_ended integer not null,
  tokens real not null,
  usd real not null,
  model_calls integer not null,
  steps integer not null,
  primary key (budget, key)
) strict, without rowid;
`;
