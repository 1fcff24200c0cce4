import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, node, postgres, type RunOutcome, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";
import { openNetwork } from "../support/network.ts";
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

function onEveryTable(statement: string): string {
  return `do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'baton' loop execute format('${statement}', name); end loop;
  end $$`;
}

async function open(flow: Workflow, leaseMs: number, address = server.url): Promise<Baton> {
  const url = new URL(address);
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
  const { flow, seen } = twoSteps(async () => await server.down());
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
  {
    trouble: "has a full disk (53100)",
    begin: [
      `create or replace function public.full_disk() returns trigger language plpgsql as
       $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
      onEveryTable("create trigger full_disk before insert or update on baton.%I execute function public.full_disk()"),
    ],
    end: [onEveryTable("drop trigger full_disk on baton.%I")],
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

const RUNS = 6;
const STEPS = 8;
const Walk = new StateSchema({ step: z.number().int().default(0) });

/** Runs of eight steps, each with a call and one that may not happen twice. `trouble` is told of every step that begins. */
function walks(trouble: (begun: number) => void) {
  const made: string[] = [];
  let begun = 0;
  const walk = node(Walk, { reads: ["step"], writes: ["step"] }, async ({ step }, { call, once, run }) => {
    begun += 1;
    trouble(begun);
    const note = (name: string) => async () => {
      made.push(`${name} ${run.id} ${step}`);
      return await Promise.resolve(name);
    };
    await call("look", { step }, note("look"));
    await once("send", { step }, note("send"));
    return { step: step + 1 };
  });
  const graph = new StateGraph(Walk)
    .addNode("walk", walk)
    .addEdge(START, "walk")
    .addConditionalEdges("walk", ({ step }) => (step < STEPS ? "walk" : END), ["walk", END]);
  return { flow: workflow({ id: "walk", graph }), made, begun: () => begun };
}

async function allComplete(baton: Baton): Promise<void> {
  const runs = await Promise.all(Array.from({ length: RUNS }, async () => await baton.start("walk", {})));
  for (const { id, result } of runs) {
    expect(await result()).toMatchObject({ status: "completed", state: { step: STEPS } });
    expect(await baton.run(id)).toMatchObject({ epoch: 1, crashes: 0 });
  }
}

test.each([
  {
    what: "restarted",
    disturb: async () => {
      await server.down();
      await server.up();
    },
  },
  {
    what: "ended without a word to anyone and started again",
    disturb: async () => {
      await server.down("immediate");
      await server.up();
    },
  },
  {
    what: "hit by a SIGKILL of one of its processes, so that it starts all of them anew",
    disturb: async () => {
      const pid = await server.sql("select pid from pg_stat_activity where application_name = 'baton' limit 1");
      process.kill(Number(pid), "SIGKILL");
      await Promise.resolve();
    },
  },
])(
  "F10: whole runs go through while their database is $what: no step, no call and no effect twice",
  async ({ disturb }) => {
    let disturbed: Promise<void> | undefined;
    const { flow, made, begun } = walks((count) => {
      if (count === (RUNS * STEPS) / 3) disturbed = disturb();
    });
    const baton = await open(flow, 60_000);

    await allComplete(baton);

    await disturbed;
    expect(begun()).toBe(RUNS * STEPS);
    expect(made).toHaveLength(2 * RUNS * STEPS);
    expect(new Set(made).size).toBe(made.length);
  },
);

test("F14: whole runs go through a network that swallows everything for a while: no step, no call and no effect twice", async () => {
  const network = await openNetwork(server.url);
  onTestFinished(async () => await network.close());
  const { flow, made, begun } = walks((count) => {
    if (count !== (RUNS * STEPS) / 3) return;
    network.weather = "swallowing";
    setTimeout(() => (network.weather = "clear"), 2_000);
  });
  // The limits of a statement and of a connection are those of every store, only shorter.
  const baton = await open(flow, 60_000, `${network.url}?query_timeout=1000&connectionTimeoutMillis=1000`);

  await allComplete(baton);

  expect(begun()).toBe(RUNS * STEPS);
  expect(new Set(made).size).toBe(2 * RUNS * STEPS);
  expect(made).toHaveLength(2 * RUNS * STEPS);
});
