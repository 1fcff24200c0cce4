import { afterAll, expect, test } from "vitest";

import { copyApp, type FixtureApp } from "../../support/app.ts";
import { createTestDatabase } from "../../support/postgres.ts";

const STEPS = Array.from({ length: 20 }, (_, index) => index + 1);

const created = await createTestDatabase();
afterAll(created.drop);
const onServer = { DATABASE_URL: created.url };

test("a run on the server that is killed in step 14 goes on there in another process, and no finished call is made again", async () => {
  const app = await copyApp("twenty-steps");
  const killed = await finish(app, ["run", "twenty-steps", "--run-id", "r1", "--input", "{}", "--json"], {
    STEP_14: "kill",
  });
  expect(killed.code).toBeNull();
  const listed = await finish(app, ["runs", "--json"]);
  expect(JSON.parse(listed.stdout)).toMatchObject({ runs: [{ runId: "r1", status: "running" }] });

  const resumed = await finish(app, ["resume", "r1", "--json"]);

  expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
  const outcome = JSON.parse(resumed.stdout);
  expect(outcome).toMatchObject({ runId: "r1", status: "completed", state: { visited: STEPS } });
  const ledger = await app.ledger();
  for (const step of STEPS) {
    expect([step, times(ledger, `node ${step}`)]).toEqual([step, step === 14 ? 2 : 1]);
    expect([step, times(ledger, `call ${step}`)]).toEqual([step, 1]);
  }
});

test("the choice of the store is told, without its password", async () => {
  const app = await copyApp("twenty-steps");
  const run = await finish(app, ["run", "twenty-steps", "--input", "{}"]);
  const { host, password } = new URL(created.url);
  expect(run.stdout + run.stderr).toContain(`PostgreSQL ${host}`);
  expect(run.stdout + run.stderr).not.toContain(password);
});

test("a server that is not there ends a command with exit code 69", async () => {
  const app = await copyApp("twenty-steps");
  const url = "postgres://someone:s3cr3t-word@127.0.0.1:1/app";
  for (const args of [["run", "twenty-steps", "--input", "{}"], ["runs"], ["resume", "r1"]]) {
    const { code, stderr } = await app.start(args, { DATABASE_URL: url }).finished;
    expect([args[0], code]).toEqual([args[0], 69]);
    expect(stderr).toContain("127.0.0.1:1/app");
    expect(stderr).not.toContain("s3cr3t-word");
  }
});

async function finish(app: FixtureApp, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return await app.start(args, { ...onServer, ...env }).finished;
}

function times(ledger: readonly string[], entry: string): number {
  return ledger.filter((line) => line === entry).length;
}
