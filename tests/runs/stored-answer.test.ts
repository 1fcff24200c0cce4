import { END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, ParkRequest, type Workflow, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Letter = new StateSchema({
  first: z.string().default(""),
  second: z.string().default(""),
  sent: z.number().default(0),
});

/** What happens between an answer and the end of the node that asked. */
type Trouble = (answers: readonly string[]) => void | Promise<void>;

/** One node that asks twice, in the same words. */
function asking(trouble: Trouble): Workflow {
  const ask = node(Letter, { reads: [], writes: ["first", "second"] }, async () => {
    const first: string = interrupt("Sure?");
    await trouble([first]);
    const second: string = interrupt("Sure?");
    await trouble([first, second]);
    return { first, second };
  });
  return workflow({
    id: "letter",
    graph: new StateGraph(Letter).addNode("ask", ask).addEdge(START, "ask").addEdge("ask", END),
  });
}

/** Runs until the first question; the node strikes once, when it has `at` answers. */
async function waiting(at: number, strike: Trouble) {
  let struck = false;
  const flow = asking(async (answers) => {
    if (struck || answers.length !== at) return;
    struck = true;
    await strike(answers);
  });
  const baton = await openBaton({ workflows: [flow], model: scripted([]) });
  const { id, result } = await baton.start("letter", {});
  expect(await result()).toMatchObject({ status: "interrupted", interrupts: [{ value: "Sure?" }] });
  return { baton, id };
}

describe("an answer whose run was stopped before the node that asked was done", () => {
  it("is not asked for again, nor used for the next question in the same words", async () => {
    const stop = new AbortController();
    const { baton, id } = await waiting(1, async () => {
      stop.abort();
      await new Promise(() => undefined);
    });
    const stopped = await baton.resume(id, { answer: "one", signal: stop.signal });
    expect(await stopped.result()).toMatchObject({ status: "parked" });

    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "interrupted" });
    expect(await (await baton.resume(id, { answer: "two" })).result()).toMatchObject({
      status: "completed",
      state: { first: "one", second: "two" },
    });
    const answered = (await baton.events(id)).filter(({ type }) => type === "run_answered");
    expect(answered).toMatchObject([{ answer: "one" }, { answer: "two" }]);
  });

  it("is handed over with its run when the process is told to go away before any node saw it", async () => {
    const { baton, id } = await waiting(0, () => undefined);
    const drained = await baton.resume(id, { answer: "one", drain: AbortSignal.abort() });
    expect(await drained.result()).toMatchObject({ status: "queued" });

    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "interrupted" });
    expect(await (await baton.resume(id, { answer: "two" })).result()).toMatchObject({
      state: { first: "one", second: "two" },
    });
  });

  it.each([
    { name: "a failure", strike: () => Promise.reject(new Error("broken")), status: "failed" },
    { name: "a request to park", strike: () => Promise.reject(new ParkRequest("closed")), status: "parked" },
  ])("is kept through $name, once", async ({ strike, status }) => {
    const { baton, id } = await waiting(1, strike);
    expect(await (await baton.resume(id, { answer: "one" })).result()).toMatchObject({ status });

    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "interrupted" });
    expect(await (await baton.resume(id, { answer: "two" })).result()).toMatchObject({
      status: "completed",
      state: { first: "one", second: "two" },
    });
  });

  it("settles the attempt of a call that it was about, and no later one", async () => {
    let crashes = 2;
    const send = node(Letter, { reads: [], writes: ["sent"] }, async (_state, { once }) => ({
      sent: await once("send", {}, async () => {
        crashes -= 1;
        if (crashes >= 0) throw new ParkRequest("the line is dead");
        return 1;
      }),
    }));
    const graph = new StateGraph(Letter).addNode("send", send).addEdge(START, "send").addEdge("send", END);
    const baton = await openBaton({ workflows: [workflow({ id: "letter", graph })], model: scripted([]) });
    const { id, result } = await baton.start("letter", {});
    expect(await result()).toMatchObject({ status: "parked" });
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "interrupted" });
    const notDone = { answer: { outcome: "not_done" } };
    expect(await (await baton.resume(id, notDone)).result()).toMatchObject({ status: "parked" });

    expect(await (await baton.resume(id)).result()).toMatchObject({
      status: "interrupted",
      interrupts: [{ value: { kind: "unknown_effect" } }],
    });
    expect(await (await baton.resume(id, notDone)).result()).toMatchObject({ status: "completed", state: { sent: 1 } });
  });
});
