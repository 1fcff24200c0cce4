import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, type Model, node, ParkRequest, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Count = new StateSchema({ count: z.number().default(0), other: z.number().default(0) });
const HOUR_MS = 3_600_000;

/** Retries whatever is thrown, as often as it may. */
const stubborn = { maxAttempts: 5, initialInterval: 1, jitter: false, retryOn: () => true };

function counting(fn: () => void) {
  const count = node(Count, { reads: ["count"], writes: ["count"] }, ({ count: now }) => {
    fn();
    return { count: now + 1 };
  });
  return workflow({
    id: "count",
    graph: new StateGraph(Count)
      .addNode("counting", count, { retryPolicy: stubborn })
      .addEdge(START, "counting")
      .addEdge("counting", END),
  });
}

describe("a request to park", () => {
  it("parks the run with its reason and time, whatever the retry policy says, and the run goes on later", async () => {
    let calls = 0;
    let isOpen = false;
    const nextAt = Date.now() + HOUR_MS;
    const flow = counting(() => {
      calls += 1;
      if (!isOpen) throw new ParkRequest("the shop is closed", { nextAt });
    });
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });

    const { id, result } = await baton.start("count", {});

    expect(await result()).toMatchObject({
      status: "parked",
      reason: "the shop is closed",
      nextAt,
      steps: [{ node: "counting", attempt: 1, outcome: "unfinished" }],
    });
    expect(calls).toBe(1);
    isOpen = true;
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: { count: 1 } });
  });

  it("is heard from a service of an agent, also behind an error around it", async () => {
    let isPaid = false;
    let calls = 0;
    const answers = scripted([{ answer: { count: 7 } }]);
    const model: Model = {
      ...answers,
      generate: async (request, options) => {
        if (isPaid) return await answers.generate(request, options);
        calls += 1;
        throw new Error("no call", { cause: new ParkRequest("the budget of the run is used up") });
      },
    };
    const asking = agent(Count, { prompt: "count", reads: [], writes: ["count"] });
    const inner = new StateGraph(Count)
      .addNode("ask", asking, { retryPolicy: stubborn })
      .addEdge(START, "ask")
      .addEdge("ask", END);
    const graph = new StateGraph(Count).addNode("sub", inner.compile()).addEdge(START, "sub").addEdge("sub", END);
    const prompts = { count: '---\ninput:\n  schema: {}\n---\n{{role "user"}}\nCount.\n' };
    const baton = await openBaton({ workflows: [workflow({ id: "paid", graph })], model, prompts });

    const { id, result } = await baton.start("paid", {});

    expect(await result()).toMatchObject({ status: "parked", reason: "the budget of the run is used up" });
    expect(calls).toBe(1);
    isPaid = true;
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: { count: 7 } });
  });

  it("wins over the failure of a node beside it: what failed is tried again with the rest", async () => {
    let isOpen = false;
    const failing = (name: "count" | "other", error: Error) =>
      node(Count, { reads: [], writes: [name] }, () => {
        if (!isOpen) throw error;
        return { [name]: 1 };
      });
    const graph = new StateGraph(Count)
      .addNode("left", failing("count", new Error("broken")))
      .addNode("right", failing("other", new ParkRequest("closed")))
      .addEdge(START, "left")
      .addEdge(START, "right");
    const baton = await openBaton({ workflows: [workflow({ id: "two", graph })], model: scripted([]) });

    const { id, result } = await baton.start("two", {});

    expect(await result()).toMatchObject({ status: "parked", reason: "closed" });
    isOpen = true;
    expect(await (await baton.resume(id)).result()).toMatchObject({
      status: "completed",
      state: { count: 1, other: 1 },
    });
  });
});
