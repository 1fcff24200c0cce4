/**
 * What runs may use, and the ledger of what they use: a row for each model call and step of a run with a budget. `spent` is false while it is
 * only reserved, by the owner of the run in that epoch.
 */
export const budgetTables = (schema: string): string => `
create table ${schema}.budgets (
  id text primary key,
  limits text not null
);

create table ${schema}.budget_entries (
  budget text not null,
  key text not null,
  run text not null,
  epoch bigint not null,
  spent boolean not null,
  open_ended boolean not null,
  tokens double precision not null,
  usd double precision not null,
  model_calls integer not null,
  steps integer not null,
  primary key (budget, key)
);
`;
