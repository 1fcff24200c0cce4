import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

import { END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { openBaton, temporaryFolder } from "../support/baton.ts";

const Walk = new StateSchema({
  path: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
});

/** Two steps, then a question. */
const walk = (): Workflow =>
  workflow({
    id: "walk",
    graph: new StateGraph(Walk)
      .addNode("one", () => ({ path: ["1"] }))
      .addNode("two", () => ({ path: ["2"] }))
      .addNode("ask", () => ({ path: [String(interrupt("On?"))] }))
      .addEdge(START, "one")
      .addEdge("one", "two")
      .addEdge("two", "ask")
      .addEdge("ask", END),
  });

async function waiting(folder: string, runId: string) {
  const baton = await openBaton({ workflows: [walk()], model: scripted([]), folder });
  expect(await (await baton.start("walk", {}, { runId })).result()).toMatchObject({ status: "interrupted" });
  return baton;
}

function change(folder: string, sql: string, ...values: string[]): void {
  const database = new DatabaseSync(join(folder, ".baton/baton.db"));
  database.prepare(sql).run(...values);
  database.close();
}

test("F32: a run whose last checkpoint is damaged is left alone, the step to fork from is named, and other runs go on", async () => {
  const folder = await temporaryFolder();
  const baton = await waiting(folder, "bad");
  await waiting(folder, "good");
  const newest =
    "select version from checkpoint_values where thread = 'bad' and channel = 'path' order by rowid desc limit 1";
  change(
    folder,
    `update checkpoint_values set value = x'00' where thread = 'bad' and channel = 'path' and version = (${newest})`,
  );

  await expect(baton.resume("bad", { answer: "yes" })).rejects.toMatchObject({
    code: "checkpoint-unreadable",
    hint: expect.stringContaining("baton fork bad --step 2"),
  });

  expect((await baton.run("bad")).status).toBe("interrupted");
  expect(await (await baton.resume("good", { answer: "yes" })).result()).toMatchObject({ status: "completed" });
  const fork = await baton.fork("bad", { step: 2, runId: "mended" });
  expect(await fork.result()).toMatchObject({ status: "interrupted", state: { path: ["1", "2"] } });
  expect(await baton.cancel("bad")).toMatchObject({ status: "cancelled" });
});

test("F18: a run that a faster clock wrote is refused until this one has caught up, and waited for when it nearly has", async () => {
  const folder = await temporaryFolder();
  const baton = await waiting(folder, "w");
  const now = Date.now;
  try {
    Date.now = () => now() - 60_000;
    await expect(baton.resume("w", { answer: "yes" })).rejects.toMatchObject({ code: "clock-behind", exitCode: 75 });
    expect((await baton.run("w")).status).toBe("interrupted");
    Date.now = now;
    expect(await (await baton.resume("w", { answer: "yes" })).result()).toMatchObject({ status: "completed" });
  } finally {
    Date.now = now;
  }
});

/** Sets the clock of this process back; `restore()` puts it right. */
function setBack(ms: number): { restore(): void } {
  const Real = globalThis.Date;
  class Skewed extends Real {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(Real.now() - ms);
      else super(args[0]);
    }
    static override now(): number {
      return Real.now() - ms;
    }
  }
  // It is called with `new` and by its static functions only.
  globalThis.Date = Skewed as DateConstructor;
  return { restore: () => void (globalThis.Date = Real) };
}

/** When each checkpoint of a thread was written, by the clock of its writer, in the order in which they were stored. */
async function writtenAt(baton: Awaited<ReturnType<typeof openBaton>>, thread: string): Promise<readonly string[]> {
  const reader = await baton.store.reader();
  const times: string[] = [];
  for await (const { checkpoint } of reader.list({ configurable: { thread_id: thread } })) times.unshift(checkpoint.ts);
  return times;
}

test("F18: a clock that is a little behind the last checkpoint is waited for, so that times never go back", async () => {
  const folder = await temporaryFolder();
  const baton = await waiting(folder, "w");
  const before = (await writtenAt(baton, "w")).at(-1) ?? "";
  const clock = setBack(Date.now() - Date.parse(before) + 700);
  try {
    expect(await (await baton.resume("w", { answer: "yes" })).result()).toMatchObject({ status: "completed" });
  } finally {
    clock.restore();
  }
  const times = await writtenAt(baton, "w");
  expect(times.length).toBeGreaterThan(3);
  expect(times).toEqual(times.toSorted());
});

test("F18: a run whose clock is set back while it works is parked, and goes on where it was when the clock is right again", async () => {
  let clock: ReturnType<typeof setBack> | undefined;
  const seen: string[] = [];
  const step = (name: string, work: () => void) => () => {
    seen.push(name);
    work();
    return { path: [name] };
  };
  const flow = workflow({
    id: "back",
    graph: new StateGraph(Walk)
      .addNode(
        "one",
        step("1", () => (clock ??= setBack(60_000))),
      )
      .addNode(
        "two",
        step("2", () => undefined),
      )
      .addEdge(START, "one")
      .addEdge("one", "two")
      .addEdge("two", END),
  });
  const baton = await openBaton({ workflows: [flow], model: scripted([]) });
  try {
    expect(await (await baton.start("back", {}, { runId: "b" })).result()).toMatchObject({
      status: "parked",
      reason: expect.stringContaining("set back by"),
    });
    expect(seen).toEqual(["1"]);
  } finally {
    clock?.restore();
  }
  expect(await (await baton.resume("b")).result()).toMatchObject({ status: "completed", state: { path: ["1", "2"] } });
  expect(seen).toEqual(["1", "2"]);
});

test("a thread is not continued by a workflow whose fields hold something else", async () => {
  const folder = await temporaryFolder();
  const Other = new StateSchema({ path: z.number().default(0) });
  const other = workflow({
    id: "other",
    graph: new StateGraph(Other)
      .addNode(
        "n",
        node(Other, { reads: [], writes: ["path"] }, () => ({ path: 1 })),
      )
      .addEdge(START, "n")
      .addEdge("n", END),
  });
  const baton = await openBaton({ workflows: [walk(), other], model: scripted([]), folder });
  await (await baton.start("other", {}, { thread: "t" })).result();
  await expect(baton.start("walk", {}, { thread: "t" })).rejects.toMatchObject({ code: "workflow-changed" });
  expect(await (await baton.start("other", {}, { thread: "t" })).result()).toMatchObject({ status: "completed" });
  expect(await baton.runs({ status: "queued" })).toEqual([]);
});

test("a call that does not listen is stored before a stopped run is let go of, and not made again", async () => {
  const calls: string[] = [];
  const stop = new AbortController();
  const slow = workflow({
    id: "slow",
    graph: new StateGraph(Walk)
      .addNode(
        "pay",
        node(Walk, { reads: [], writes: ["path"] }, async (_state, { call }) => {
          const paid = await call("pay", {}, async () => {
            calls.push("pay");
            stop.abort();
            await new Promise((done) => setTimeout(done, 50));
            return "paid";
          });
          return { path: [paid] };
        }),
      )
      .addEdge(START, "pay")
      .addEdge("pay", END),
  });
  const baton = await openBaton({ workflows: [slow], model: scripted([]) });
  const { id, result } = await baton.start("slow", {}, { signal: stop.signal });
  expect(await result()).toMatchObject({ status: "parked" });
  expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: { path: ["paid"] } });
  expect(calls).toEqual(["pay"]);
});

test("a run whose process is gone goes on when it is started again under its id", async () => {
  const folder = await temporaryFolder();
  const baton = await waiting(folder, "w");
  change(
    folder,
    "update runs set status = 'running', settlement = null, owner = 'elsewhere', lease_until = 1 where id = ?",
    "w",
  );
  const again = await baton.start("walk", {}, { runId: "w" });
  expect(await again.result()).toMatchObject({ runId: "w", status: "interrupted" });
});

test("a call beside a node that fails is stored before the run is let go of, and not made again", async () => {
  const calls: string[] = [];
  let isBroken = true;
  const pay = node(Walk, { reads: [], writes: ["path"] }, async (_state, { call }) => ({
    path: [
      await call("pay", {}, async () => {
        calls.push("pay");
        await new Promise((done) => setTimeout(done, 100));
        return "paid";
      }),
    ],
  }));
  const fail = node(Walk, { reads: [], writes: ["path"] }, async () => {
    while (calls.length === 0) await new Promise((done) => setTimeout(done, 1));
    if (isBroken) throw new Error("broken");
    return { path: ["mended"] };
  });
  const graph = new StateGraph(Walk)
    .addNode("pay", pay)
    .addNode("fail", fail)
    .addEdge(START, "pay")
    .addEdge(START, "fail");
  const baton = await openBaton({ workflows: [workflow({ id: "two", graph })], model: scripted([]) });
  const { id, result } = await baton.start("two", {});
  expect(await result()).toMatchObject({ status: "failed", error: { message: "broken" } });
  isBroken = false;
  expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed" });
  expect(calls).toEqual(["pay"]);
});

test("of two answers to one question one wins, the other is told so, and so is a later one", async () => {
  const folder = await temporaryFolder();
  const one = await waiting(folder, "w");
  const two = await openBaton({ workflows: [walk()], model: scripted([]), folder });

  const answers = await Promise.allSettled([
    one.resume("w", { answer: "a", by: "ada" }),
    two.resume("w", { answer: "b", by: "bob" }),
  ]);

  const won = answers.filter(({ status }) => status === "fulfilled");
  expect(won).toHaveLength(1);
  expect(answers.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { code: "interrupt-already-answered", exitCode: 75 },
  });
  const [winner] = won;
  if (winner?.status === "fulfilled") await winner.value.result();
  await expect(two.resume("w", { answer: "late" })).rejects.toMatchObject({ code: "interrupt-already-answered" });
  const answered = (await one.events((await one.run("w")).id)).filter(({ type }) => type === "run_answered");
  expect(answered).toEqual([expect.objectContaining({ by: expect.stringMatching(/^(ada|bob)$/u) })]);
});

test("an answer of the wrong shape is refused before anything is lost, and the right one is taken", async () => {
  const flow = workflow({
    id: "shape",
    graph: new StateGraph(Walk)
      .addNode("ask", () => {
        const said = interrupt("How far?", { responseSchema: z.object({ km: z.number() }) });
        return { path: [JSON.stringify(said)] };
      })
      .addEdge(START, "ask")
      .addEdge("ask", END),
  });
  const baton = await openBaton({ workflows: [flow], model: scripted([]) });
  const { id, result } = await baton.start("shape", {});
  expect(await result()).toMatchObject({ status: "interrupted", interrupts: [{ answerSchema: { type: "object" } }] });
  const before = await baton.run(id);

  await expect(baton.resume(id, { answer: { km: "far" } })).rejects.toMatchObject({
    code: "answer-invalid",
    exitCode: 64,
    message: expect.stringContaining("`km`"),
  });

  expect(await baton.run(id)).toEqual(before);
  expect(await (await baton.resume(id, { answer: { km: 3 } })).result()).toMatchObject({
    status: "completed",
    state: { path: ['{"km":3}'] },
  });
});

test("what a subgraph asks of the model is counted at the node that holds it, which is done", async () => {
  const asking = agent(Walk, { prompt: "walk", reads: [], writes: ["path"] });
  const inner = new StateGraph(Walk).addNode("inner", asking).addEdge(START, "inner").addEdge("inner", END);
  const graph = new StateGraph(Walk).addNode("sub", inner.compile()).addEdge(START, "sub").addEdge("sub", END);
  const prompts = { walk: '---\ninput:\n  schema: {}\n---\n{{role "user"}}\nWhere to?\n' };
  const baton = await openBaton({
    workflows: [workflow({ id: "nested", graph })],
    model: scripted([{ answer: { path: ["home"] } }]),
    prompts,
  });
  const outcome = await (await baton.start("nested", {})).result();
  expect(outcome.steps).toMatchObject([{ node: "sub", outcome: "completed", attempt: 1, modelCalls: 1 }]);
  expect(outcome.steps).toHaveLength(1);
});
