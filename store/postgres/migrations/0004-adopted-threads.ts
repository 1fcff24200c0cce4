/** Threads of the stock saver of which Baton has made a copy of its own, or is making one. */
export const adoptedThreads = (schema: string): string => `
create table ${schema}.adopted_threads (
  thread text primary key,
  done boolean not null
);
`;
