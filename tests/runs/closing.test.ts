import { getEventListeners } from "node:events";

import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, type RunQuery, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

import { closeAll } from "../../core/close-all.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

const Task = new StateSchema({ done: z.boolean().default(false) });

const task = (work: (signal: AbortSignal) => Promise<void>) =>
  workflow({
    id: "task",
    graph: new StateGraph(Task)
      .addNode("work", async (_state, { signal }) => {
        await work(signal ?? new AbortController().signal);
        return { done: true };
      })
      .addEdge(START, "work")
      .addEdge("work", END),
  });

test("a run that is over listens to no signal any more, however it was let go of", async () => {
  let isBroken = true;
  const work = async () => {
    if (isBroken) throw new Error("Not yet.");
  };
  const folder = await temporaryFolder();
  const baton = await openBaton({ workflows: [task(work)], model: scripted([]), folder });
  const [stop, drain] = [new AbortController(), new AbortController()];
  const signals = { signal: stop.signal, drain: drain.signal };
  const listeners = () => [stop.signal, drain.signal].map((signal) => getEventListeners(signal, "abort").length);

  const run = await baton.start("task", {}, signals);
  expect(listeners()).not.toEqual([0, 0]);
  expect(await run.result()).toMatchObject({ status: "failed" });
  expect(listeners()).toEqual([0, 0]);

  isBroken = false;
  const other = await openBaton({ workflows: [task(work)], model: { ...scripted([]), ref: "other" }, folder });
  await expect(other.resume(run.id, signals)).rejects.toMatchObject({ code: "model-changed" });
  expect(await (await baton.resume(run.id, signals)).result()).toMatchObject({ status: "completed" });
  expect(listeners()).toEqual([0, 0]);
});

test("closing waits for starts that have not begun yet, and puts their runs down", async () => {
  const folder = await temporaryFolder();
  const forever = task(async (signal) => {
    await new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error("stopped"))));
  });
  const baton = await openBaton({ workflows: [forever], model: scripted([]), folder });
  const starts = ["a", "b", "c"].map(async (runId) => await baton.start("task", {}, { runId }));

  await baton.close();

  expect((await Promise.all(starts)).map(({ id }): string => id)).toEqual(["a", "b", "c"]);
  const reader = await openBaton({ workflows: [forever], model: scripted([]), folder });
  const runs = await reader.runs();
  expect(runs.map(({ status }) => status)).toEqual(["parked", "parked", "parked"]);
});

test("what cannot be closed keeps nothing else open, and every error is told", async () => {
  const closed: string[] = [];
  const fail = (name: string) => () => {
    throw new Error(name);
  };
  const note = (name: string) => async () => void closed.push(name);
  await expect(closeAll(note("a"), fail("one"), note("b"))).rejects.toThrow("one");
  await expect(closeAll(fail("one"), note("c"), fail("two"))).rejects.toMatchObject({
    errors: [{ message: "one" }, { message: "two" }],
  });
  expect(closed).toEqual(["a", "b", "c"]);
});

test("runs are asked for by plain texts, and one that is not there is named", async () => {
  expectTypeOf<Parameters<Baton["events"]>[0]>().toEqualTypeOf<string>();
  expectTypeOf<NonNullable<RunQuery["tenant" | "thread" | "before"]>>().toEqualTypeOf<string>();
  const baton = await openBaton({ workflows: [task(async () => undefined)], model: scripted([]) });
  for (const runId of ["a", "b"]) await (await baton.start("task", {}, { runId, tenant: "red" })).result();

  expect((await baton.runs({ tenant: "red", before: "b" })).map(({ id }): string => id)).toEqual(["a"]);
  expect((await baton.events("a")).at(-1)).toMatchObject({ type: "run_completed" });
  const unknown = { code: "unknown-run", message: "There is no run `nobody`." };
  await expect(baton.events("nobody")).rejects.toMatchObject(unknown);
  await expect(baton.follow("nobody")[Symbol.asyncIterator]().next()).rejects.toMatchObject(unknown);
  await expect(baton.runs({ tenant: "no such id" })).rejects.toMatchObject({ code: "bad-usage" });
});
