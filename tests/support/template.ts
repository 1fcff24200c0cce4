import { randomBytes } from "node:crypto";

import pg from "pg";

const PREFIX = "baton_test_";
const STALE_SECONDS = 24 * 60 * 60;

/** Creates the database that every test file's own is copied from, and returns its name. */
export async function createTemplate(url: string): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const template = `${PREFIX}${seconds}_${randomBytes(4).toString("hex")}`;
  await onServer(url, async (client) => {
    await dropStale(client, seconds);
    await client.query(`create database ${template}`);
  });
  await onServer(databaseUrl(url, template), async (client) => {
    await client.query("create schema baton_test");
    await client.query("create table baton_test.template (name text primary key)");
    await client.query("insert into baton_test.template (name) values ($1)", [template]);
  });
  return template;
}

/** Drops the template and all copies that a test file left behind. */
export async function dropTemplate(url: string, template: string): Promise<void> {
  await onServer(url, async (client) => {
    for (const name of await namesLike(client, `${template}%`))
      await client.query(`drop database if exists ${name} with (force)`);
  });
}

/** Opens a connection for one piece of work. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server and user, another database. */
export function databaseUrl(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}

/** A killed test run leaves its databases on a server that is not its own. */
async function dropStale(client: pg.Client, seconds: number): Promise<void> {
  for (const name of await namesLike(client, `${PREFIX}%`)) {
    const born = Number(name.slice(PREFIX.length).split("_")[0]);
    if (seconds - born > STALE_SECONDS) await client.query(`drop database if exists ${name} with (force)`);
  }
}

async function namesLike(client: pg.Client, pattern: string): Promise<string[]> {
  const escaped = pattern.replaceAll("_", "\\_");
  const { rows } = await client.query<{ datname: string }>("select datname from pg_database where datname like $1", [
    escaped,
  ]);
  return rows.map((row) => row.datname).filter((name) => /^\w+$/.test(name));
}
