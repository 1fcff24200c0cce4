import type { Pool, PoolClient } from "pg";

import { systemClock, type Clock } from "../../core/clock.ts";
import { BatonError } from "../../core/errors.ts";
import { parseAddress } from "./address.ts";
import { databaseError, isBusyServer } from "./database-errors.ts";
import { migrate } from "./migrate.ts";
import { connectionsOf, openPool, outliveServer } from "./pool.ts";
import { CLOSING_MS, retrying } from "./retry.ts";
import { resultTypes } from "./result-types.ts";
import { DEFAULT_SCHEMA, quotedSchema } from "./schema-name.ts";
import type { Parameter, Statement } from "./statement.ts";

/** Where the server is: an address, or a pool of connections that somebody else closes. */
export type ServerAddress = { readonly url: string } | { readonly pool: Pool };

export type DatabaseOptions = ServerAddress & DatabaseSettings;

export interface DatabaseSettings {
  /** Where Baton's tables lie; made when it is missing. @default "baton" */
  readonly schema?: string;
  /** How long statements are repeated while the server is away, before they fail with `database-unreachable`. @default 60000 */
  readonly retryMs?: number;
  /** @default 8 */
  readonly connections?: number;
  readonly clock?: Clock;
}

/** Runs one statement inside a transaction. */
export type RunStatement = <Row>(statement: Statement<Row>, values: readonly Parameter[]) => Promise<readonly Row[]>;

/** One PostgreSQL database with Baton's schema in it. */
export interface Database {
  /** What a user calls it, without its password. */
  readonly shown: string;
  readonly schema: string;
  readonly clock: Clock;
  readonly pool: Pool;
  /** Runs a statement that may be repeated, again and again while the server is away. `attempt` tells it whether it may have run before. */
  query<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<readonly Row[]>;
  /** Runs a statement once. */
  once<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<readonly Row[]>;
  /** Repeats work made of `once` calls while it fails in a way that passes. */
  persist<T>(work: (attempt: number) => Promise<T>): Promise<T>;
  /** Several statements that are stored together, or not at all (`dryRun`: not at all in any case). The work may run again. */
  transaction<T>(work: (run: RunStatement) => Promise<T>, options?: { readonly dryRun: boolean }): Promise<T>;
  /** Work that must end before the connections do. */
  beforeClose(wait: () => Promise<void>): void;
  /** Ends after the work under way; of a server that does not answer it hears no more after a few seconds. */
  close(): Promise<void>;
}

/** How long a server is given to take the first connection: one that is not there at all is not waited for. */
const OPENING_MS = 15_000;

/**
 * Connects and brings the schema up to date; safe for many processes at once. Throws `config-invalid`, `database-unreachable`,
 * `database-forbidden`, `database-full`, `store-schema-newer` and `package-missing`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = await attachDatabase(options);
  try {
    const schema = { name: options.schema ?? DEFAULT_SCHEMA, quoted: database.schema, shown: database.shown };
    const { clock } = database;
    await retrying(async () => await migrate(database.pool, schema), {
      clock,
      forMs: OPENING_MS,
      passes: isBusyServer,
    });
  } catch (error) {
    await database.close();
    throw databaseError(error, database.shown);
  }
  return database;
}

/** A database whose schema is known to be up to date; connects when it is first used. */
export async function attachDatabase(options: DatabaseOptions): Promise<Database> {
  const schema = quotedSchema(options.schema ?? DEFAULT_SCHEMA);
  const settings = { schema, clock: options.clock ?? systemClock, retryMs: options.retryMs ?? 60_000 };
  if ("pool" in options) {
    outliveServer(options.pool);
    return connect(options.pool, { ...settings, shown: "PostgreSQL (your pool)", isOwn: false });
  }
  const { url, shown } = parseAddress(options.url);
  const pool = await openPool({
    url,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  });
  return connect(pool, { ...settings, shown, isOwn: true });
}

interface Settings {
  readonly shown: string;
  readonly schema: string;
  readonly clock: Clock;
  readonly retryMs: number;
  /** Whether the pool is closed with the database. */
  readonly isOwn: boolean;
}

function connect(pool: Pool, { shown, schema, clock, retryMs, isOwn }: Settings): Database {
  const texts = new Map<string, string>();
  const waits: (() => Promise<void>)[] = [];
  const connections = isOwn ? connectionsOf(pool) : undefined;
  const ending = new AbortController();
  let closing: Promise<void> | undefined;

  function textOf({ name, text }: Statement<unknown>): string {
    let known = texts.get(name);
    if (known === undefined) {
      known = text(schema);
      texts.set(name, known);
    }
    return known;
  }

  async function run<Row>(
    statement: Statement<Row>,
    values: readonly Parameter[],
    client: Pool | PoolClient = pool,
  ): Promise<readonly Row[]> {
    const { rows } = await client.query({
      name: statement.name,
      text: textOf(statement),
      values: [...values],
      types: resultTypes,
    });
    // The statement's own promise.
    return rows as Row[];
  }

  async function explained<T>(work: () => Promise<T>): Promise<T> {
    if (pool.ended) throw closed(shown);
    try {
      return await work();
    } catch (error) {
      throw databaseError(error, shown);
    }
  }

  async function transact<T>(work: (run: RunStatement) => Promise<T>, isRehearsal: boolean): Promise<T> {
    const client = await pool.connect();
    let broken: unknown;
    try {
      await client.query("begin");
      const result = await work(async (statement, values) => await run(statement, values, client));
      await client.query(isRehearsal ? "rollback" : "commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch((failure: unknown) => {
        // The connection is gone, and the transaction with it.
        broken = failure;
      });
      throw error;
    } finally {
      client.release(broken !== undefined);
    }
  }

  const persist: Database["persist"] = async (work) =>
    await explained(async () => await retrying(work, { clock, forMs: retryMs, closing: ending.signal }));

  return {
    shown,
    schema,
    clock,
    pool,
    query: async (statement, values) => await persist(async () => await run(statement, values)),
    once: async (statement, values) => await run(statement, values),
    persist,
    transaction: async (work, options) => await persist(async () => await transact(work, options?.dryRun === true)),
    beforeClose: (wait) => void waits.push(wait),
    async close() {
      closing ??= (async () => {
        ending.abort();
        // A statement on a network that swallows its answer would keep the pool open for as long as its own time limit.
        const timer = setTimeout(() => connections?.cut(), CLOSING_MS);
        await Promise.all(waits.map(async (wait) => await wait()));
        if (isOwn) await pool.end();
        clearTimeout(timer);
      })();
      await closing;
    },
  };
}

/** The error of a store that is asked for something after `close()`. */
export function closed(shown: string): BatonError {
  return new BatonError("bad-usage", `The store of \`${shown}\` is closed.`, {
    hint: "Finish all work before `close()`.",
  });
}
