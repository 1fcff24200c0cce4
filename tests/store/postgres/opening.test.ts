import { afterAll, describe, expect, test } from "vitest";

import { BatonError } from "../../../core/errors.ts";
import { openDatabase } from "../../../store/postgres/database.ts";
import { openPostgresStore } from "../../../store/postgres/store.ts";
import { claimed, newRun } from "../../../testing/opened-store.ts";
import { createTestDatabase } from "../../support/postgres.ts";
import { freePort } from "../../support/free-port.ts";
import { onServer } from "../../support/template.ts";

const created = await createTestDatabase();
afterAll(created.drop);

const SECRET = "s3cr3t-word";

describe("an address that cannot be used", () => {
  test.each(["", "nonsense", "mysql://u:s3cr3t-word@127.0.0.1/db", "postgres://u:s3cr3t-word@:bad"])(
    "is refused without repeating it: %s",
    async (url) => {
      const error = await openingOf(url);
      expect(error).toMatchObject({ code: "config-invalid", exitCode: 78 });
      expect(textOf(error)).not.toContain(SECRET);
    },
  );

  test("names the server when nothing listens there, and never the password", async () => {
    const port = await freePort();
    const error = await openingOf(`postgres://someone:${SECRET}@127.0.0.1:${port}/app`);
    expect(error).toMatchObject({
      code: "database-unreachable",
      exitCode: 69,
      message: expect.stringContaining(`127.0.0.1:${port}/app`),
    });
    expect(textOf(error)).not.toContain(SECRET);
  });

  test.each([
    ["a wrong password", { password: SECRET }],
    ["a user that is not there", { username: "nobody_here", password: SECRET }],
    ["a database that is not there", { pathname: "/no_such_database" }],
  ])("is refused for %s", async (_, change) => {
    const error = await openingOf(Object.assign(new URL(created.url), change).href);
    expect(error).toMatchObject({ code: "database-unreachable", exitCode: 69 });
    expect(textOf(error)).not.toContain(SECRET);
    expect(textOf(error)).not.toContain(new URL(created.url).password);
  });

  test.each(["no-such-name!", `a"; drop schema public; --`, "", "ä", "a".repeat(64)])(
    "is refused with the schema name %s",
    async (schema) => {
      await expect(openDatabase({ url: created.url, schema })).rejects.toMatchObject({ code: "config-invalid" });
    },
  );
});

test("a user without the right to make the schema is told so", async () => {
  const user = `${created.name}_guest`;
  await onServer(created.url, async (client) => {
    await client.query(`create role ${user} login password '${SECRET}'`);
  });
  try {
    const error = await openingOf(Object.assign(new URL(created.url), { username: user, password: SECRET }).href);
    expect(error).toMatchObject({ code: "database-forbidden", exitCode: 78 });
    expect(textOf(error)).not.toContain(SECRET);
  } finally {
    await onServer(created.url, async (client) => {
      await client.query(`drop role ${user}`);
    });
  }
});

test("twenty starters on an empty database all find the schema, made once", async () => {
  const schema = "twenty";
  const databases = await Promise.all(
    Array.from({ length: 20 }, async () => await openDatabase({ url: created.url, schema, connections: 1 })),
  );
  await Promise.all(databases.map(async (database) => await database.close()));
  await onServer(created.url, async (client) => {
    const { rows } = await client.query("select version from twenty.schema_version");
    expect(rows).toHaveLength(1);
  });
});

test("a schema of a newer Baton is refused and left as it is", async () => {
  const options = { url: created.url, schema: "newer" };
  await (await openDatabase(options)).close();
  await onServer(created.url, async (client) => {
    await client.query("update newer.schema_version set version = 99");
  });
  const error = await openDatabase(options).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "store-schema-newer", message: expect.stringContaining("99") });
});

test("the connections of a store carry the five time-outs, in the right order, and compile no statement", async () => {
  const database = await openDatabase({ url: created.url });
  const { rows } = await database.pool.query<Record<string, string>>(`
    select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock,
      current_setting('statement_timeout') as statement, current_setting('jit') as jit`);
  await database.close();
  expect(rows).toEqual([{ idle: "5s", lock: "8s", statement: "30s", jit: "off" }]);
  expect(database.pool.options).toMatchObject({
    connectionTimeoutMillis: 5_000,
    query_timeout: 35_000,
    keepAlive: true,
  });
});

async function openingOf(url: string): Promise<unknown> {
  return await openPostgresStore({ url }).then(
    async (store) => await store.close(),
    (error: unknown) => error,
  );
}

/** Everything of an error that a person or a log could see. */
function textOf(error: unknown): string {
  if (!BatonError.is(error)) return String(error);
  const { message, hint, stack, cause } = error;
  return [message, hint, stack, cause instanceof Error ? textOf(cause) : JSON.stringify(cause)].join("\n");
}

test("a schema of an older version is brought up to date with what it holds, and its runs go on", async () => {
  const schema = "older";
  const made = await openPostgresStore({ url: created.url, schema });
  const run = await made.runs.create(newRun(), []);
  const { fence } = await claimed(made, run.id);
  await made.runs.settle(fence, { status: "parked", reason: "closed", state: { draft: "d" } });
  await made.close();
  await onServer(created.url, async (client) => {
    // As the second version left it.
    await client.query(`alter table ${schema}.runs drop column due_at`);
    const later = ["adopted_threads", "budgets", "budget_entries"];
    for (const table of [...later, "memory_scopes", "memory_items", "memory_removals", "memory_progress"])
      await client.query(`drop table ${schema}.${table}`);
    await client.query(`update ${schema}.schema_version set version = 2`);
  });

  const store = await openPostgresStore({ url: created.url, schema });

  expect(await store.runs.get(run.id)).toMatchObject({ status: "parked", reason: "closed", state: { draft: "d" } });
  expect((await claimed(store, run.id, { from: ["parked"] })).run).toMatchObject({ status: "running", epoch: 2 });
  await store.close();
  await onServer(created.url, async (client) => {
    const { rows } = await client.query<{ readonly version: number }>(`select version from ${schema}.schema_version`);
    expect(rows[0]?.version).toBeGreaterThan(2);
  });
});

test("an owner whose lease ran out while the server was down has not crashed; one whose lease ran out later has", async () => {
  const store = await openPostgresStore({ url: created.url, schema: "away" });
  const run = await store.runs.create(newRun(), []);
  const leaseEnds = async (when: string) =>
    await onServer(
      created.url,
      async (client) => void (await client.query(`update away.runs set lease_until = ${when}`)),
    );
  await claimed(store, run.id);
  await leaseEnds("pg_postmaster_start_time() - interval '1 second'");
  expect((await claimed(store, run.id, { owner: "elsewhere/2/1/b" })).run).toMatchObject({ epoch: 2, crashes: 0 });
  await leaseEnds("now() - interval '1 millisecond'");
  expect((await claimed(store, run.id, { owner: "elsewhere/3/1/c" })).run).toMatchObject({ epoch: 3, crashes: 1 });
  await store.close();
});
