/** When time alone moves a run on: a parked one that may go on, an interrupted one whose time for an answer is over. */
export const dueTimes = `
alter table runs add column due_at integer;

create index runs_due on runs (due_at) where due_at is not null;
`;
