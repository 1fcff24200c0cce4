import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

import { END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, type Workflow, workflow } from "batonjs";
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
