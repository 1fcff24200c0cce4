import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Redis } from "ioredis";
import { afterAll, expect, inject, onTestFinished, test } from "vitest";

import { install, installCommands, type Machine, mayInstall } from "./install.ts";
import { nodeTooOld } from "./node-version.ts";
import { createTestDatabase } from "./postgres.ts";
import { forgetUserServices } from "./private-environment.ts";
import { provision } from "./provision.ts";
import { createTestRedis } from "./redis.ts";
import { onServer } from "./template.ts";

const redis = createTestRedis();
afterAll(redis.clear);

test("PostgreSQL is real and a test database is a copy of the template", async () => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  const rows = await onServer(database.url, async (client) => {
    const marker = await client.query<{ name: string }>("select name from baton_test.template");
    const place = await client.query<{ name: string; encoding: string }>(
      "select current_database() as name, current_setting('server_encoding') as encoding",
    );
    return [...marker.rows, ...place.rows];
  });
  expect(rows).toEqual([{ name: inject("servers").template }, { name: database.name, encoding: "UTF8" }]);
});

test("two copies share nothing and a dropped one is gone, even while someone is connected", async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  onTestFinished(other.drop);
  await onServer(one.url, (client) => client.query("create table only_here (id int)"));
  const found = await onServer(other.url, (client) => client.query("select to_regclass('only_here') as found"));
  expect(found.rows).toEqual([{ found: null }]);

  await onServer(one.url, async (client) => {
    client.on("error", () => {}); // the forced drop ends this connection
    await one.drop();
  }).catch(() => {});
  const left = await onServer(other.url, (client) =>
    client.query("select 1 from pg_database where datname = $1", [one.name]),
  );
  expect(left.rows).toEqual([]);
});

test("Redis is real, and clearing removes this file's keys only", async () => {
  const neighbour = createTestRedis();
  onTestFinished(neighbour.clear);
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  expect(await client.ping()).toBe("PONG");
  await client.mset(`${redis.prefix}a`, "1", `${redis.prefix}b`, "2", `${neighbour.prefix}a`, "3");
  await redis.clear();
  expect(await client.mget(`${redis.prefix}a`, `${redis.prefix}b`, `${neighbour.prefix}a`)).toEqual([null, null, "3"]);
});

test("the user's servers and keys are not in the environment of tests", () => {
  const names = Object.keys(process.env).filter((name) => /^(DATABASE_URL|REDIS_URL)$|_API_KEY$/.test(name));
  expect(names).toEqual([]);
  const environment = {
    DATABASE_URL: "x",
    REDIS_URL: "x",
    OPENAI_API_KEY: "x",
    PATH: "/bin",
    BATON_TEST_REDIS_URL: "y",
  };
  forgetUserServices(environment);
  expect(environment).toEqual({ PATH: "/bin", BATON_TEST_REDIS_URL: "y" });
});

test.each([
  ["20.20.2", true],
  ["22.17.9", true],
  ["22.18.0", false],
  ["24.0.0", false],
  ["26.10.0", false],
])("Node %s is refused: %s", (version, refused) => {
  const sentence = nodeTooOld(version);
  expect(sentence !== undefined).toBe(refused);
  if (refused) expect(sentence).toMatch(/^The tests need Node\.js >= 22\.18 \(this is .+\): run `npm ci`, then/);
});

test("a machine without servers is told what to type", async () => {
  const machine = await bareMachine({ BATON_TEST_NO_INSTALL: "1" });
  await expect(provision(machine)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [Error: The tests need a real PostgreSQL, and none was found. Do one of these, then run them again:
      Debian, Ubuntu   sudo apt-get update && sudo apt-get install --yes --no-install-recommends postgresql
      macOS            brew install postgresql@17
      Docker           start it; the tests then run a container
      a server of yours, in which the tests may create and drop databases or keys of their own
                       export BATON_TEST_DATABASE_URL=postgres://user:password@host:5432/postgres

    The tests need a real Redis, and none was found. Do one of these, then run them again:
      Debian, Ubuntu   sudo apt-get update && sudo apt-get install --yes --no-install-recommends redis-server
      macOS            brew install redis
      Docker           start it; the tests then run a container
      a server of yours, in which the tests may create and drop databases or keys of their own
                       export BATON_TEST_REDIS_URL=redis://host:6379]
  `);
});

test("servers that are given are used as they are", async () => {
  const { postgres, redis: address } = inject("servers");
  const machine = await bareMachine({ BATON_TEST_DATABASE_URL: postgres, BATON_TEST_REDIS_URL: address });
  const given = await provision(machine);
  expect(given.postgres).toMatchObject({ url: postgres, origin: "given by BATON_TEST_DATABASE_URL" });
  expect(given.redis).toMatchObject({ url: address, origin: "given by BATON_TEST_REDIS_URL" });
});

test("a given server that does not answer is named, and nothing else is tried", async () => {
  const machine = await bareMachine({
    BATON_TEST_DATABASE_URL: "postgres://nobody@127.0.0.1:1/x",
    BATON_TEST_REDIS_URL: inject("servers").redis,
  });
  await expect(provision(machine)).rejects.toThrow(
    "The postgres server given by BATON_TEST_DATABASE_URL does not answer: connect ECONNREFUSED 127.0.0.1:1",
  );
});

test("packages are installed on Debian as root only, and not when told otherwise", async () => {
  const machine = await debian("exit 0");
  expect(mayInstall(machine)).toBe(true);
  expect(mayInstall({ ...machine, isRoot: false })).toBe(false);
  expect(mayInstall({ ...machine, environment: { BATON_TEST_NO_INSTALL: "1" } })).toBe(false);
  expect(mayInstall(await bareMachine())).toBe(false);
});

test("while packages are installed no service may start, and afterwards the policy is gone", async () => {
  const machine = await debian('echo "$@" >>"$LOG"; cat "$POLICY" >>"$LOG"');
  install(["postgres", "redis"], machine);
  const { root } = machine.places;
  expect(await readdir(join(root, "usr/sbin"))).toEqual([]);
  const log = await readFile(join(root, "log"), "utf8");
  const policy = "#!/bin/sh\nexit 101\n";
  expect(log.replaceAll("-o DPkg::Lock::Timeout=120 ", "")).toBe(
    `update\n${policy}install --yes --no-install-recommends postgresql redis-server\n${policy}`,
  );
});

test("a failed installation shows its output and removes the policy", async () => {
  const machine = await debian('echo "E: no network" >&2; exit 100');
  expect(() => install(["redis"], machine)).toThrow("`apt-get update` failed with exit code 100:\nE: no network");
  expect(await readdir(join(machine.places.root, "usr/sbin"))).toEqual([]);
  expect(installCommands(["redis"])).toEqual([
    "apt-get update",
    "apt-get install --yes --no-install-recommends redis-server",
  ]);
});

/** A machine on which nothing is installed. */
async function bareMachine(environment: NodeJS.ProcessEnv = {}): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), "baton-machine-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return { environment, places: { path: "", root }, isRoot: true };
}

/** A Debian whose `apt-get` runs `script`, which may write to `$LOG`. */
async function debian(script: string): Promise<Machine> {
  const machine = await bareMachine();
  const { root } = machine.places;
  const programs = join(root, "programs");
  for (const folder of ["etc", "usr/sbin", "programs"]) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "etc/debian_version"), "12.11\n");
  await writeFile(join(programs, "apt-get"), `#!/bin/sh\n${script}\n`);
  await chmod(join(programs, "apt-get"), 0o755);
  const environment = {
    PATH: `${programs}:/usr/bin:/bin`,
    LOG: join(root, "log"),
    POLICY: join(root, "usr/sbin/policy-rc.d"),
  };
  return { ...machine, environment, places: { root, path: programs } };
}
