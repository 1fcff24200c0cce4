/** One guard switched off in the source, and the test that has to turn red by that. */
export interface Mutation {
  /** What is switched off. */
  readonly off: string;
  readonly file: string;
  /** What stands there, exactly once, and what is put in its place. */
  readonly from: string;
  readonly to: string;
  readonly test: string;
  /** Part of the test's title. */
  readonly title: string;
}

const COMMIT = "store/postgres/sql/commit.ts";
const CLAIM = "store/postgres/sql/claim-run.ts";
const POSTGRES = "tests/store/postgres/store.test.ts";
const SQLITE = "tests/store/sqlite-store.test.ts";
const NETWORK = "tests/store/postgres/network.test.ts";
const OPENING = "tests/store/postgres/opening.test.ts";
const OUTAGE = "tests/runs/outage.test.ts";
const STANDING = "tests/runs/standing.test.ts";
const JOURNAL = "tests/runs/journal.test.ts";

const fenceOfCommits = {
  file: COMMIT,
  from: "on r.id = job.run and r.epoch = job.epoch and r.owner = job.owner",
  to: "on r.id = job.run",
} as const;

const timeout = (name: string): Mutation => ({
  off: `time limit ${name}`,
  file: "store/postgres/pool.ts",
  from: `  ${name}: `,
  to: `  // ${name}: `,
  test: OPENING,
  title: "the connections of a store carry the five time-outs",
});

/** Every fence, lock and time limit of the runner and its stores. */
export const MUTATIONS: readonly Mutation[] = [
  {
    off: "PostgreSQL: fence of events",
    ...fenceOfCommits,
    test: POSTGRES,
    title: "an event > is refused from the owner before",
  },
  {
    off: "PostgreSQL: fence of the journal",
    ...fenceOfCommits,
    test: POSTGRES,
    title: "an effect > is refused from the owner before",
  },
  {
    off: "PostgreSQL: fence of checkpoints and task writes",
    ...fenceOfCommits,
    test: "tests/store/postgres/saver.test.ts",
    title: "of the owner before is refused and changes nothing",
  },
  {
    off: "PostgreSQL: fence of settlements",
    file: "store/postgres/sql/settle-run.ts",
    from: "where r.id = $1 and r.epoch = $2 and r.owner = $3",
    to: "where r.id = $1 and $2::bigint > 0 and $3::text <> ''",
    test: POSTGRES,
    title: "a settlement > is refused from the owner before",
  },
  {
    off: "PostgreSQL: fence of renewals",
    file: "store/postgres/sql/renew-lease.ts",
    from: "where id = $1 and epoch = $2 and owner = $3",
    to: "where id = $1 and $2::bigint > 0 and $3::text <> ''",
    test: POSTGRES,
    title: "a lease is not extended by the owner before",
  },
  {
    off: "PostgreSQL: lock of the row against a take-over under way",
    file: COMMIT,
    from: "for share of r`",
    to: "`",
    test: "tests/store/postgres/take-over.test.ts",
    title: "while a take-over is not yet committed",
  },
  {
    off: "PostgreSQL: lease in a claim",
    file: CLAIM,
    from: "and (status <> 'running' or lease_until <= now() or (owner = $5::text and epoch = $6::bigint))",
    to: "and ($5::text is null or $6::bigint > 0)",
    test: POSTGRES,
    title: "a running run cannot be claimed while its lease lasts",
  },
  {
    off: "PostgreSQL: epoch in a claim (one winner for a question)",
    file: CLAIM,
    from: "and epoch = coalesce($7::bigint, epoch)",
    to: "and coalesce($7::bigint, 1) > -1",
    test: POSTGRES,
    title: "a claim that names an epoch takes the run only in that epoch",
  },
  {
    off: "PostgreSQL: an outage of the server is no crash of the owner",
    file: CLAIM,
    from: " and lease_until > pg_postmaster_start_time() as crashed",
    to: " as crashed",
    test: OPENING,
    title: "an owner whose lease ran out while the server was down has not crashed",
  },
  {
    off: "SQLite: time at which a run is due",
    file: "store/sqlite/runs.ts",
    from: "due === null ? null : now + due,",
    to: "due === null ? null : null,",
    test: "tests/runs/tick.test.ts",
    title: "goes on with parked runs whose time has come",
  },
  {
    off: "PostgreSQL: a settlement said again is the same one",
    file: "store/postgres/runs.ts",
    from: "now?.owner === null && now.epoch === fence.epoch && now.settlement === body",
    to: "now?.owner === '' && now.settlement === body",
    test: NETWORK,
    title: "a settlement that was stored although its answer was lost",
  },
  {
    off: "PostgreSQL: writes are tried again",
    file: "store/postgres/retry.ts",
    from: "if (!passes(error) ||",
    to: "if (passes(error) || !passes(error) ||",
    test: NETWORK,
    title: "an event whose answer was lost is stored once",
  },
  {
    off: "PostgreSQL: a write whose answer was lost is looked for",
    file: "store/postgres/commit-queue.ts",
    from: "const stored = again ? await",
    to: "const stored = again && commits.length < 0 ? await",
    test: NETWORK,
    title: "an event whose answer was lost is stored once",
  },
  {
    off: "PostgreSQL: patience of a store that is closed",
    file: "store/postgres/retry.ts",
    from: "deadline = Math.min(deadline, performance.now() + CLOSING_MS);",
    to: "deadline = Math.max(deadline, 0);",
    test: NETWORK,
    title: "whose server is gone closes long before",
  },
  {
    off: "PostgreSQL: error listener of the pool",
    file: "store/postgres/pool.ts",
    from: 'pool.on("error", ignoreLostConnection);',
    to: "",
    test: OUTAGE,
    title: "has no connection left",
  },
  {
    off: "PostgreSQL: error listener of the clients",
    file: "store/postgres/pool.ts",
    from: 'client.on("error", ignoreLostConnection);',
    to: "client.listeners('error');",
    test: NETWORK,
    title: "lost in the middle of a transaction fails that transaction",
  },
  timeout("connectionTimeoutMillis"),
  timeout("idle_in_transaction_session_timeout"),
  timeout("lock_timeout"),
  timeout("statement_timeout"),
  timeout("query_timeout"),
  {
    off: "SQLite: fence of events",
    file: "store/sqlite/fence.ts",
    from: "where id = ? and epoch = ? and owner = ?",
    to: "where id = ? and ? > 0 and ? <> ''",
    test: SQLITE,
    title: "an event > is refused from the owner before",
  },
  {
    off: "SQLite: fence of the journal",
    file: "store/sqlite/fence.ts",
    from: "where id = ? and epoch = ? and owner = ?",
    to: "where id = ? and ? > 0 and ? <> ''",
    test: SQLITE,
    title: "an effect > is refused from the owner before",
  },
  {
    off: "SQLite: fence of checkpoints and task writes",
    file: "store/sqlite/fence.ts",
    from: "where id = ? and epoch = ? and owner = ?",
    to: "where id = ? and ? > 0 and ? <> ''",
    test: "tests/store/sqlite-saver.test.ts",
    title: "of the owner before is refused and changes nothing",
  },
  {
    off: "SQLite: fence of settlements",
    file: "store/sqlite/runs.ts",
    from: "due_at = ?\n    where id = ? and epoch = ? and owner = ?",
    to: "due_at = ?\n    where id = ? and ? > 0 and ? <> ''",
    test: SQLITE,
    title: "a settlement > is refused from the owner before",
  },
  {
    off: "SQLite: lease in a claim",
    file: "store/sqlite/claim.ts",
    from: "if (!wanted || isHeld(run, now))",
    to: "if (!wanted || (isHeld(run, now) && now < 0))",
    test: SQLITE,
    title: "a running run cannot be claimed while its lease lasts",
  },
  {
    off: "SQLite: epoch in a claim (one winner for a question)",
    file: "store/sqlite/claim.ts",
    from: " && run.epoch === (request.epoch ?? run.epoch)",
    to: "",
    test: SQLITE,
    title: "a claim that names an epoch takes the run only in that epoch",
  },
  {
    off: "crashes counted by expired leases only",
    file: "store/sqlite/claim.ts",
    from: "crashes = case when status = 'running' and owner <> ? then iif(crash_head is ?, crashes + 1, 1)",
    to: "crashes = case when owner is null or owner <> ? then iif(crash_head is ?, crashes + 1, crashes + 1)",
    test: JOURNAL,
    title: "that is handed over 50 times",
  },
  {
    off: "end of a run that ends its processes",
    file: "runs/take.ts",
    from: "if (takeover && run.crashes >= MOST_CRASHES)",
    to: "if (takeover && run.crashes > 99 * MOST_CRASHES)",
    test: JOURNAL,
    title: "whose owner vanishes five times in one step is dead",
  },
  {
    off: "compare-and-set of answers",
    file: "runs/take.ts",
    from: "    epoch: run.epoch,\n",
    to: "",
    test: "tests/simulation/simulation.test.ts",
    title: "the invariants I1 to I11",
  },
  {
    off: "schema of an answer",
    file: "runs/answer.ts",
    from: "  refuseMisshapen(run.id, interrupt, answer);\n",
    to: "  refuseMisshapen(run.id, interrupt, interrupt.value);\n",
    test: STANDING,
    title: "an answer of the wrong shape is refused",
  },
  {
    off: "an answer that is stored is carried out",
    file: "runs/next-command.ts",
    from: "const given = answer ?? storedAnswer(past, standing);",
    to: "const given = answer ?? storedAnswer([], standing);",
    test: "tests/runs/stored-answer.test.ts",
    title: "is not asked for again",
  },
  {
    off: "an answer about a call settles that attempt only",
    file: "runs/unknown-effect.ts",
    from: 'asked["attempt"] === intent["attempt"]',
    to: 'asked["key"] === asked["key"]',
    test: "tests/runs/stored-answer.test.ts",
    title: "settles the attempt of a call that it was about",
  },
  {
    off: "renewal of leases off the main thread",
    file: "baton.ts",
    from: 'if (access === undefined || renewOn === "event-loop")',
    to: 'if (access === undefined || renewOn !== "event-loop")',
    test: "tests/runs/deadlines.test.ts",
    title: "keeps the event loop busy",
  },
  {
    off: "renewal of leases",
    file: "runs/renewal.ts",
    from: "const answer = await leases.renew(fence, times.leaseMs);",
    to: "const answer = { held: true, cancelRequested: false, ...(await Promise.resolve(leases && {})) };",
    test: "tests/runs/deadlines.test.ts",
    title: "keeps the event loop busy",
  },
  {
    off: "expiry of a lease that cannot be renewed",
    file: "runs/renewal.ts",
    from: "if (isOver()) return holder.expired(failure);",
    to: "if (isOver() && times.leaseMs < 0) return holder.expired(failure);",
    test: OUTAGE,
    title: "is parked, starts no node meanwhile",
  },
  {
    off: "park on an outage",
    file: "runs/infrastructure.ts",
    from: "return BatonError.is(error) && STORE_TROUBLE.has(error.code);",
    to: "return BatonError.is(error) && STORE_TROUBLE.has(error.code) && error.code.length < 3;",
    test: OUTAGE,
    title: "takes no writes",
  },
  {
    off: "clock guard at a claim",
    file: "runs/standing-check.ts",
    from: "if (head !== undefined) await refuseBehind(head, run, clock);",
    to: "if (head !== undefined && run.epoch < 0) await refuseBehind(head, run, clock);",
    test: STANDING,
    title: "F18: a run that a faster clock wrote is refused",
  },
  {
    off: "clock guard while a run works",
    file: "runs/clock-guard.ts",
    from: "if (ts < newest) {",
    to: 'if (ts < newest && ts === "") {',
    test: STANDING,
    title: "F18: a run whose clock is set back while it works",
  },
  {
    off: "quarantine of an unreadable thread",
    file: "runs/take.ts",
    from: "  await checkStanding(store, run, shop.clock);\n",
    to: "  await Promise.resolve(checkStanding);\n",
    test: STANDING,
    title: "F32: a run whose last checkpoint is damaged",
  },
  {
    off: "time limit of a node and of a run",
    file: "runs/deadlines.ts",
    from: 'if (left <= 0) stop.pull({ kind: "overdue", error: due.error() });',
    to: "if (left <= 0) await clock.sleep(60_000, closed.signal);",
    test: "tests/runs/deadlines.test.ts",
    title: "F22",
  },
  {
    off: "journal read before a call",
    file: "runs/effects.ts",
    from: "if (finished !== undefined) return",
    to: 'if (finished?.key === "") return',
    test: "tests/runs/desk.test.ts",
    title: "repeats none on a resume",
  },
  {
    off: "journal written before its result is used",
    file: "runs/effects.ts",
    from: '      await effects.record(fence, { key, kind, name, status: "done", value });\n      return { value, key, replayed: false };\n    },\n    async once',
    to: '      void effects.record(fence, { key, kind, name, status: "done", value }).catch(() => undefined);\n      return { value, key, replayed: false };\n    },\n    async once',
    test: JOURNAL,
    title: "a store that is slow",
  },
];
