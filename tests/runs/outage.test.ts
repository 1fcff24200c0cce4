import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, node, postgres, type RunOutcome, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";
import { ownPostgres } from "../support/own-postgres.ts";

const server = await ownPostgres();
afterAll(server.stop);
await server.sql("create role app login password 'app' connection limit 20");
await server.sql("grant create on database postgres to app");

const Count = new StateSchema({ first: z.number().default(0), second: z.number().default(0) });
const DONE = { status: "completed", state: { first: 1, second: 1 } };

/** Two steps; something happens to the database when the first one runs for the first time. */
function twoSteps(trouble: () => Promise<void>): { readonly flow: Workflow; readonly seen: readonly string[] } {
  const seen: string[] = [];
  const step = (field: "first" | "second") =>
    node(Count, { reads: [], writes: [field] }, async () => {
      seen.push(field);
      if (seen.length === 1) await trouble();
      return { [field]: 1 };
    });
  const flow = workflow({
    id: "two",
    graph: new StateGraph(Count)
      .addNode("one", step("first"))
      .addNode("two", step("second"))
      .addEdge(START, "one")
      .addEdge("one", "two")
      .addEdge("two", END),
  });
  return { flow, seen };
}

async function open(flow: Workflow, leaseMs: number): Promise<Baton> {
  const url = new URL(server.url);
  url.username = "app";
  url.password = "app";
  return await openBaton({ workflows: [flow], model: scripted([]), store: postgres({ url: url.href }), leaseMs });
}

/** Goes on with a run as soon as its old lease, or what its old owner still tries, lets it. */
async function finish(baton: Baton, id: string): Promise<RunOutcome> {
  for (const until = performance.now() + 30_000; ; await new Promise((done) => setTimeout(done, 200))) {
    try {
      return await (await baton.resume(id)).result();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

test("F11: a run whose database is away for longer than its lease is parked, starts no node meanwhile, and goes on by itself without a crash", async () => {
  let isDown = false;
  const { flow, seen } = twoSteps(async () => {
    await server.down();
    isDown = true;
  });
  const leaseMs = 3_000;
  const baton = await open(flow, leaseMs);
  const { id, result } = await baton.start("two", {});
  const outcome = result();
  await expect.poll(() => isDown, { timeout: 30_000 }).toBe(true);
  await new Promise((done) => setTimeout(done, leaseMs + 1_000));
  expect(seen).toEqual(["first"]);

  await server.up();

  expect(await outcome).toMatchObject({ status: "parked", reason: expect.stringContaining("store") });
  expect(seen).toEqual(["first"]);
  const { resumed } = await baton.tick();
  expect(await resumed[0]?.result()).toMatchObject({ runId: id, ...DONE });
  expect(await baton.run(id)).toMatchObject({ crashes: 0, epoch: 2 });
});

test("F11: a process that gives up on its database says that the run is parked, and another one goes on without a crash", async () => {
  const { flow, seen } = twoSteps(server.down);
  const baton = await open(flow, 1_000);
  const { id, result } = await baton.start("two", {});

  await expect(result()).rejects.toMatchObject({ code: "run-parked", exitCode: 75 });
  expect(seen).toEqual(["first"]);

  await server.up();
  const other = await open(flow, 1_000);
  expect(await finish(other, id)).toMatchObject(DONE);
  expect(await other.run(id)).toMatchObject({ crashes: 0 });
});

test.each([
  {
    trouble: "takes no writes (25006)",
    begin: ["alter system set default_transaction_read_only = on", "select pg_reload_conf()"],
    end: ["alter system reset default_transaction_read_only", "select pg_reload_conf()"],
  },
  {
    trouble: "has no connection left (53300)",
    begin: [
      "alter role app connection limit 0",
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'",
    ],
    end: ["alter role app connection limit 20"],
  },
])("F13: a run whose database $trouble is parked, not failed, and goes on after the repair", async ({ begin, end }) => {
  const { flow, seen } = twoSteps(async () => {
    for (const statement of begin) await server.sql(statement);
  });
  const baton = await open(flow, 1_000);
  const { id, result } = await baton.start("two", {});

  await expect(result()).rejects.toMatchObject({ code: "run-parked", exitCode: 75 });
  expect(seen).toEqual(["first"]);

  for (const statement of end) await server.sql(statement);
  expect(await finish(baton, id)).toMatchObject(DONE);
  expect(await baton.run(id)).toMatchObject({ crashes: 0 });
  expect((await baton.events(id)).map(({ type }) => type)).not.toContain("run_failed");
});
