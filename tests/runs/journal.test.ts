import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, node, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { claimed } from "../../testing/opened-store.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

const Sum = new StateSchema({ total: z.number().default(0) });

function fileOf(folder: string): DatabaseSync {
  const file = new DatabaseSync(join(folder, ".baton/baton.db"));
  onTestFinished(() => file.close());
  return file;
}

describe("a store that is slow", () => {
  /** Two calls; what is stored of them is looked at when each begins, and the file is locked while the first one's result is written. */
  async function twoCalls(trouble: (file: DatabaseSync) => void) {
    const folder = await temporaryFolder();
    const begun: (readonly string[])[] = [];
    const stored = (file: DatabaseSync): readonly string[] =>
      file
        .prepare("select status from effects order by rowid")
        .all()
        .map(({ status }) => String(status));
    const add = node(Sum, { reads: [], writes: ["total"] }, async (_state, { call }) => {
      const file = fileOf(folder);
      const first = await call("first", {}, async () => {
        begun.push(stored(file));
        file.exec("begin immediate");
        setTimeout(() => {
          trouble(file);
          file.exec("commit");
        }, 200);
        return 1;
      });
      const second = await call("second", {}, async () => {
        begun.push(stored(file));
        return 2;
      });
      return { total: first + second };
    });
    const graph = new StateGraph(Sum).addNode("add", add).addEdge(START, "add").addEdge("add", END);
    const baton = await openBaton({ workflows: [workflow({ id: "sum", graph })], model: scripted([]), folder });
    const outcome = await (await baton.start("sum", {})).result();
    return { outcome, begun };
  }

  it("has the result of a call before the next one begins", async () => {
    const { outcome, begun } = await twoCalls(() => undefined);
    expect(outcome).toMatchObject({ status: "completed", state: { total: 3 } });
    expect(begun).toEqual([[], ["done"]]);
  });

  it("and refuses the result keeps the second call from beginning", async () => {
    const { outcome, begun } = await twoCalls((file) => {
      file.exec("create trigger refuse before insert on effects begin select raise(abort, 'refused'); end");
    });
    expect(outcome).toMatchObject({ status: "failed", error: { message: expect.stringContaining("refused") } });
    expect(begun).toEqual([[]]);
  });
});

describe("a run of twenty steps", () => {
  const STEPS = Array.from({ length: 20 }, (_, index) => index + 1);
  const Walk = new StateSchema({
    path: new ReducedValue(z.array(z.number()).default([]), { reducer: (known, added) => known.concat(added) }),
  });

  function twentySteps(entered: (step: number) => void): Workflow {
    let graph: StateGraph<typeof Walk, typeof Walk.State, typeof Walk.Update, string> = new StateGraph(Walk);
    for (const step of STEPS) {
      const one = node(Walk, { reads: [], writes: ["path"] }, () => {
        entered(step);
        return { path: [step] };
      });
      graph = graph.addNode(`s${step}`, one).addEdge(step === 1 ? START : `s${step - 1}`, `s${step}`);
    }
    return workflow({ id: "walk", graph: graph.addEdge("s20", END) });
  }

  /** An owner of which nothing is heard again. */
  async function vanish({ store }: Baton, run: Parameters<typeof claimed>[1], number: number): Promise<void> {
    await claimed(store, run, { owner: `elsewhere/${number}/1/a`, leaseMs: 0 });
  }

  it("that is handed over 50 times and whose owner vanishes once in each step completes", async () => {
    const entered: number[] = [];
    let drain = new AbortController();
    const flow = twentySteps((step) => {
      entered.push(step);
      if (step < STEPS.length) drain.abort();
    });
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });
    const { id, result } = await baton.start("walk", {}, { drain: AbortSignal.abort() });
    expect(await result()).toMatchObject({ status: "queued" });
    let handovers = 1;
    for (const step of STEPS) {
      await vanish(baton, id, step);
      for (; handovers < Math.ceil(step * 2.5); handovers += 1) {
        expect(await (await baton.resume(id, { drain: AbortSignal.abort() })).result()).toMatchObject({
          status: "queued",
        });
      }
      drain = new AbortController();
      const outcome = await (await baton.resume(id, { drain: drain.signal })).result();
      expect(outcome).toMatchObject({ status: step < STEPS.length ? "queued" : "completed" });
      if (step < STEPS.length) handovers += 1;
    }

    expect(entered).toEqual(STEPS);
    expect(await baton.run(id)).toMatchObject({ status: "completed", state: { path: STEPS }, crashes: 1 });
    const events = await baton.events(id);
    expect(events.filter(({ type }) => type === "run_handed_over").length).toBeGreaterThanOrEqual(50);
  });

  it("whose owner vanishes five times in one step is dead", async () => {
    const baton = await openBaton({ workflows: [twentySteps(() => undefined)], model: scripted([]) });
    const { id, result } = await baton.start("walk", {}, { drain: AbortSignal.abort() });
    await result();
    for (let number = 1; number <= 5; number += 1) await vanish(baton, id, number);
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "dead" });
  });
});

describe("two turns of a thread", () => {
  const Order = new StateSchema({ item: z.string(), approved: z.string().default("") });
  const ask = new StateGraph(Order)
    .addNode("ask", () => ({ approved: String(interrupt("Pay?")) }))
    .addEdge(START, "ask")
    .addEdge("ask", END);
  const flow = workflow({ id: "orders", graph: ask });

  it("do not mix: a late answer to the old one cannot approve the new one", async () => {
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });
    const first = await baton.start("orders", { item: "teapot" }, { thread: "t" });
    const { interrupts } = await first.result();
    await expect(baton.start("orders", { item: "cup" }, { thread: "t" })).rejects.toMatchObject({
      code: "thread-held",
    });
    const old = await baton.run(first.id);
    await baton.cancel(first.id);
    const second = await baton.start("orders", { item: "gold" }, { thread: "t" });
    expect(await second.result()).toMatchObject({ status: "interrupted", interrupts: [{ value: "Pay?" }] });

    const late = { answer: "yes", interrupt: interrupts?.[0]?.id ?? "" };
    await expect(baton.resume(first.id, late)).rejects.toMatchObject({ code: "answer-unexpected" });
    await expect(baton.resume(second.id, late)).rejects.toMatchObject({ code: "interrupt-unknown" });
    const seenAt = "checkpoint" in old ? (old.checkpoint ?? "") : "";
    await expect(baton.resume(second.id, { answer: "yes", checkpoint: seenAt })).rejects.toMatchObject({
      code: "interrupt-already-answered",
    });
    expect(await baton.run(second.id)).toMatchObject({ status: "interrupted", state: { item: "gold", approved: "" } });
  });

  it("of two tenants share nothing, whatever both call them", async () => {
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });
    const red = await baton.start("orders", { item: "teapot" }, { thread: "t", tenant: "red" });
    const blue = await baton.start("orders", { item: "cup" }, { thread: "t", tenant: "blue" });
    const plain = await baton.start("orders", { item: "tray" }, { thread: "t" });
    for (const [{ id, result }, item] of [
      [red, "teapot"],
      [blue, "cup"],
      [plain, "tray"],
    ] as const) {
      expect(await result()).toMatchObject({ status: "interrupted", state: { item } });
      expect(await (await baton.resume(id, { answer: item })).result()).toMatchObject({
        state: { item, approved: item },
      });
    }
    const reader = await baton.store.reader();
    for (const key of ["~red~t", "~blue~t", "t"]) {
      const seen: unknown[] = [];
      for await (const { checkpoint } of reader.list({ configurable: { thread_id: key } }))
        seen.push(checkpoint.channel_values["item"]);
      expect(new Set(seen.filter((item) => item !== undefined)).size).toBe(1);
    }
  });
});
