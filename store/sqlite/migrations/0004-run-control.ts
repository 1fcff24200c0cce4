/**
 * What decides who may hold a run: the crashes in the step in flight (and the head of the thread at the last one), a wish to cancel, a place
 * behind another run of the thread, a deadline.
 */
export const runControl = `
alter table runs add column crashes integer not null default 0;
alter table runs add column crash_head text;
alter table runs add column cancel_requested integer not null default 0;
alter table runs add column waits integer not null default 0;
alter table runs add column deadline_at integer;

drop index runs_holding_a_thread;

create unique index runs_holding_a_thread on runs (tenant, thread)
where status in ('queued', 'running', 'interrupted', 'parked', 'failed') and waits = 0;

create index runs_waiting on runs (tenant, thread) where waits = 1;
`;
