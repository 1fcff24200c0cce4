import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import {
  Command,
  DeltaValue,
  END,
  interrupt,
  ReducedValue,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { createBaton, workflow } from "batonjs";
import { createPostgresSaver } from "batonjs/postgres";
import { scripted } from "batonjs/testing";
import pg from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { openDatabase } from "../../../store/postgres/database.ts";
import { openPostgresStore } from "../../../store/postgres/store.ts";
import { temporaryFolder } from "../../support/baton.ts";
import { createTestDatabase } from "../../support/postgres.ts";

const Walk = new StateSchema({
  goal: z.number().default(3),
  path: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  diary: new DeltaValue(z.array(z.string()).default([]), {
    reducer: (known, added) => known.concat(...added),
    snapshotFrequency: 3,
  }),
});

/** Steps in a circle; asks at the third one, inside a subgraph. */
function walk() {
  const inner = new StateGraph(Walk)
    .addNode("ask", ({ path }) => ({ path: [`${path.length + 1}${String(interrupt("On?"))}`] }))
    .addEdge(START, "ask")
    .addEdge("ask", END);
  return new StateGraph(Walk)
    .addNode("step", ({ path }) => ({ path: [String(path.length + 1)], diary: [`saw ${path.length + 1}`] }))
    .addNode("inner", async (state) => ({
      path: (await inner.compile({ checkpointer: true }).invoke(state)).path.slice(-1),
    }))
    .addEdge(START, "step")
    .addConditionalEdges("step", ({ path }) => (path.length < 2 ? "step" : "inner"), ["step", "inner"])
    .addEdge("inner", END);
}

const created = await createTestDatabase();
const pool = new pg.Pool({ connectionString: created.url, max: 4 });
const stock = new PostgresSaver(pool);
await stock.setup();
afterAll(async () => {
  await pool.end();
  await created.drop();
});

const of = (thread: string) => ({ configurable: { thread_id: thread } });
const ANSWERED = { path: ["1", "2", "3!"], diary: ["saw 1", "saw 2"] };

test("a thread that the stock saver left in the middle goes on here, with its whole history, and stays as it is there", async () => {
  const before = walk().compile({ checkpointer: stock });
  await before.invoke({}, of("t1"));
  const left = await before.getState(of("t1"));
  expect(left.next).toEqual(["inner"]);

  await using saver = await createPostgresSaver({ url: created.url });
  const after = walk().compile({ checkpointer: saver });
  expect(await after.getState(of("t1"))).toMatchObject({
    values: left.values,
    next: ["inner"],
    tasks: [{ interrupts: [{ value: "On?" }] }],
  });

  expect(await after.invoke(new Command({ resume: "!" }), of("t1"))).toMatchObject(ANSWERED);

  expect((await before.getState(of("t1"))).next).toEqual(["inner"]);
  const steps: unknown[] = [];
  for await (const { metadata, values } of after.getStateHistory(of("t1")))
    steps.push([metadata?.step, values["path"]]);
  expect(steps).toEqual([
    [3, ["1", "2", "3!"]],
    [2, ["1", "2"]],
    [1, ["1"]],
    [0, []],
    [-1, []],
  ]);
});

test("a copy that was broken off is finished by the next one, and what is deleted here does not come back", async () => {
  await walk().compile({ checkpointer: stock }).invoke({}, of("t2"));
  const broken = await createPostgresSaver({ url: created.url });
  let left = 2;
  const put = broken.put.bind(broken);
  broken.put = async (...args) => {
    if (left-- > 0) return await put(...args);
    throw new Error("killed");
  };
  await expect(broken.getTuple(of("t2"))).rejects.toThrow("killed");
  await broken.close();

  await using saver = await createPostgresSaver({ pool });
  const graph = walk().compile({ checkpointer: saver });
  expect((await graph.getState(of("t2"))).next).toEqual(["inner"]);
  await saver.deleteThread("t2");
  expect(await saver.getTuple(of("t2"))).toBeUndefined();
});

test("a run continues a thread that the stock saver wrote: its next turn begins from the state that is there", async () => {
  const Turns = new StateSchema({
    said: z.string(),
    heard: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  });
  const graph = () =>
    new StateGraph(Turns)
      .addNode("listen", ({ said }) => ({ heard: [said] }))
      .addEdge(START, "listen")
      .addEdge("listen", END);
  await graph().compile({ checkpointer: stock }).invoke({ said: "one" }, of("t5"));
  const folder = await temporaryFolder();
  const baton = await createBaton(
    { workflows: [workflow({ id: "turns", graph: graph() })], model: scripted([]), prompts: [] },
    { folder, env: { DATABASE_URL: created.url } },
  );
  onTestFinished(async () => await baton.close());

  const next = await baton.start("turns", { said: "two" }, { thread: "t5" });

  expect(await next.result()).toMatchObject({ status: "completed", state: { heard: ["one", "two"] } });
  expect((await graph().compile({ checkpointer: stock }).getState(of("t5"))).values).toMatchObject({ heard: ["one"] });
});

test("the store's reader sees such a thread without taking it over", async () => {
  await walk().compile({ checkpointer: stock }).invoke({}, of("t3"));
  const store = await openPostgresStore({ url: created.url });
  const reading = walk().compile({ checkpointer: await store.reader() });
  expect((await reading.getState(of("t3"))).values).toMatchObject({ path: ["1", "2"], diary: ["saw 1", "saw 2"] });
  await store.close();
  const database = await openDatabase({ url: created.url });
  const { rows } = await database.pool.query("select thread from baton.adopted_threads where thread = 't3'");
  await database.close();
  expect(rows).toEqual([]);
});

test("a schema that holds the stock tables is refused, and either an address or a pool is needed", async () => {
  await expect(createPostgresSaver({ url: created.url, schema: "public" })).rejects.toMatchObject({
    code: "config-invalid",
  });
  await expect(createPostgresSaver({})).rejects.toMatchObject({ code: "bad-usage" });
});
