import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import { systemClock, type Clock } from "../../core/clock.ts";
import { BatonError } from "../../core/errors.ts";
import type { Ticket } from "../ticket.ts";
import { loadSqlite } from "./builtin.ts";
import { databaseError, folderError, isBusy } from "./database-errors.ts";
import { SCHEMA_VERSION, schemaVersion } from "./schema-version.ts";
import { createWriteQueue, pauseMs } from "./write-queue.ts";

export interface ConnectionOptions {
  /** The `.baton` folder; made when it is missing. */
  readonly folder: string;
  /** Name of the file in it. @default "baton.db" */
  readonly file?: string;
  readonly clock?: Clock;
  /** How long a write may wait for other processes before it fails with `database-busy`. @default 10000 */
  readonly busyMs?: number;
}

export type Value = SQLInputValue;

/** One prepared statement; its parameters are plain question marks. */
export interface Statement<Row> {
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
  iterate(...values: Value[]): Iterable<Row>;
  /** The number of rows changed. */
  run(...values: Value[]): number;
}

/** One open database file, shared with the connections of other processes. */
export interface Connection {
  readonly path: string;
  readonly clock: Clock;
  /** The prepared statement of this text: prepared once, kept for the life of the connection. Use it inside `read` and `write`. */
  statement<Row extends object>(sql: string): Statement<Row>;
  /** Reads one snapshot. `work` is synchronous and may run again. */
  read<T>(work: () => T): Promise<T>;
  /** Writes in one transaction that is on disk when the promise resolves. `work` is synchronous and may run again. */
  write<T>(work: () => T): Promise<T>;
  /** Like `write`, and says synchronously whether the write failed: for writes that must not overtake one another. */
  submit<T>(work: () => T): Ticket<T>;
  /** Rewrites the file without its free pages; other processes wait meanwhile. Needs room for a copy on the disk. */
  compact(): Promise<void>;
  /** Ends after the writes under way. */
  close(): Promise<void>;
}

const FILE = "baton.db";
const NUMBERED_PARAMETER = /\?\d/u;
/** `DatabaseSync` blocks the event loop while it waits for a lock: wait there briefly, the rest between turns. */
const BLOCKING_WAIT_MS = 8;

/**
 * Opens `baton.db` in the folder and brings its schema up to date. Throws `baton-folder-unusable`, `database-corrupt` (the file
 * is left as it is), `database-full`, `database-busy` and `store-schema-newer`.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const path = join(options.folder, options.file ?? FILE);
  const clock = options.clock ?? systemClock;
  const busyMs = options.busyMs ?? 10_000;
  makeFolder(options.folder);
  const database = await explained(path, () => openDatabase(path, { clock, busyMs }));
  return connect(database, { path, clock, busyMs });
}

interface Settings {
  readonly clock: Clock;
  readonly busyMs: number;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw folderError(error, folder);
  }
}

async function openDatabase(path: string, settings: Settings): Promise<DatabaseSync> {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  try {
    database.exec(`pragma busy_timeout = ${BLOCKING_WAIT_MS}`);
    // A plain read first: a file that is no database, or of a newer Baton, is refused before anything is written.
    const version = await patiently(settings, () => schemaVersion(database, path));
    await patiently(settings, () =>
      database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma journal_size_limit = 67108864"),
    );
    if (version < SCHEMA_VERSION) {
      const { migrate } = await import("./migrate.ts");
      await patiently(settings, () => migrate(database, path));
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(error, path);
  }
}

/** Tries again, with a pause in between, while another process holds the lock. */
async function patiently<T>(settings: Settings, work: () => T): Promise<T> {
  const deadline = performance.now() + settings.busyMs;
  for (let round = 0; ; round += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    await settings.clock.sleep(pauseMs(round));
  }
}

function connect(database: DatabaseSync, options: Settings & { readonly path: string }): Connection {
  const statements = new Map<string, StatementSync>();
  const explain = (error: unknown) => databaseError(error, options.path);
  const queue = createWriteQueue(database, { ...options, explain });
  let open = true;

  function prepared(sql: string): StatementSync {
    let statement = statements.get(sql);
    if (statement === undefined) {
      if (NUMBERED_PARAMETER.test(sql)) throw new Error(`Node 22 binds no numbered parameters; use plain ones: ${sql}`);
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  function submit<T>(work: () => T): Ticket<T> {
    if (!open) throw closed(options.path);
    return queue.submit(work);
  }

  return {
    path: options.path,
    clock: options.clock,
    statement: (sql) => typedStatement(() => prepared(sql)),
    async read(work) {
      if (!open) throw closed(options.path);
      return await explained(options.path, () => patiently(options, () => snapshot(database, work)));
    },
    write: async (work) => await submit(work).done,
    submit,
    async compact() {
      await queue.idle();
      if (!open) throw closed(options.path);
      await explained(options.path, () =>
        patiently(options, () => database.exec("vacuum; pragma wal_checkpoint(truncate)")),
      );
    },
    async close() {
      if (!open) return;
      open = false;
      await queue.idle();
      database.close();
    },
  };
}

function snapshot<T>(database: DatabaseSync, work: () => T): T {
  database.exec("begin");
  try {
    return work();
  } finally {
    if (database.isTransaction) database.exec("rollback");
  }
}

/** Prepared at the first use, so that a statement can be named before its connection is used. The rows' shape is the statement's own promise. */
function typedStatement<Row extends object>(statement: () => StatementSync): Statement<Row> {
  return {
    get: (...values) => statement().get(...values) as Row | undefined,
    all: (...values) => statement().all(...values) as Row[],
    iterate: (...values) => statement().iterate(...values) as Iterable<Row>,
    run: (...values) => Number(statement().run(...values).changes),
  };
}

function closed(path: string): BatonError {
  return new BatonError("bad-usage", `The store of \`${path}\` is closed.`, {
    hint: "Finish all work before `close()`.",
  });
}
