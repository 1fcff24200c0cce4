/** When time alone moves a run on: a parked one that may go on, an interrupted one whose time for an answer is over. */
export const dueTimes = (schema: string): string => `
alter table ${schema}.runs add column due_at timestamptz;

create index runs_due on ${schema}.runs (due_at) where due_at is not null;
`;
