import type { Pool, PoolClient } from "pg";

import { BatonError } from "../../core/errors.ts";
import { runTables } from "./migrations/0001-runs.ts";
import { checkpointTables } from "./migrations/0002-checkpoints.ts";
import { dueTimes } from "./migrations/0003-due.ts";
import { adoptedThreads } from "./migrations/0004-adopted-threads.ts";
import { budgetTables } from "./migrations/0005-budgets.ts";
import { memoryTables } from "./migrations/0006-memory.ts";

/** In order, never changed once released: the schema's version is the number of migrations applied. */
const MIGRATIONS: readonly ((schema: string) => string)[] = [
  runTables,
  checkpointTables,
  dueTimes,
  adoptedThreads,
  budgetTables,
  memoryTables,
];

interface Target {
  readonly name: string;
  /** The schema's name as it stands in a statement. */
  readonly quoted: string;
  readonly shown: string;
}

/**
 * Applies what is missing, in one transaction under an advisory lock: of many processes that start at once, one migrates and the others
 * wait for it. Throws `store-schema-newer` before it changes anything.
 */
export async function migrate(pool: Pool, target: Target): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    if ((await schemaVersion(client, target)) === MIGRATIONS.length) return;
    await client.query("begin");
    // A lock of the transaction, so that a process that dies here holds nobody up. Waiting for it is not bounded by `lock_timeout` alone:
    // twenty starters wait for one another.
    await client.query("set local lock_timeout = '30s'");
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`baton schema ${target.name}`]);
    const applied = await schemaVersion(client, target);
    if (applied === 0) {
      await refuseForeign(client, target);
      await client.query(firstTables(target.quoted));
    }
    for (const sql of MIGRATIONS.slice(applied)) await client.query(sql(target.quoted));
    await client.query(`update ${target.quoted}.schema_version set version = $1`, [MIGRATIONS.length]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      // The connection is gone, and the transaction with it.
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The version of the schema, 0 when it is not there. Reads only. */
async function schemaVersion(client: PoolClient, { name, quoted, shown }: Target): Promise<number> {
  const { rows: found } = await client.query<{ readonly present: boolean }>(
    "select exists (select from pg_tables where schemaname = $1 and tablename = 'schema_version') as present",
    [name],
  );
  if (found[0]?.present !== true) return 0;
  const { rows } = await client.query<{ readonly version: number }>(`select version from ${quoted}.schema_version`);
  const version = rows[0]?.version ?? 0;
  if (version <= MIGRATIONS.length) return version;
  throw new BatonError(
    "store-schema-newer",
    `Schema \`${name}\` of \`${shown}\` has version ${version}; this version of Baton knows ${MIGRATIONS.length}.`,
    {
      hint: "Update batonjs to the version that wrote the schema, or use another database or schema.",
    },
  );
}

/** Tables of another program keep their names; LangGraph's own saver has some of the same ones. */
async function refuseForeign(client: PoolClient, { name, shown }: Target): Promise<void> {
  const { rows } = await client.query<{ readonly tablename: string }>(
    "select tablename from pg_tables where schemaname = $1 and tablename in ('runs', 'events', 'effects', 'checkpoints') limit 1",
    [name],
  );
  const [foreign] = rows;
  if (foreign === undefined) return;
  throw new BatonError(
    "config-invalid",
    `Schema \`${name}\` of \`${shown}\` holds a table \`${foreign.tablename}\` of another program.`,
    { hint: "Give Baton a schema of its own: leave `schema` out, or name another one." },
  );
}

function firstTables(schema: string): string {
  return `
create schema if not exists ${schema};
create table ${schema}.schema_version (
  version integer not null
);
insert into ${schema}.schema_version (version) values (0);
`;
}
