import { Command, END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, FatalError, type JsonObject, type Model, node, type StoredEvent, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { servicesFrom } from "../../agents/services.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";

const Order = new StateSchema({
  item: z.string(),
  price: z.number().default(0),
  approved: z.boolean().default(false),
  log: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
});

const PROMPT = '---\ninput:\n  schema:\n    item: string\n---\n{{role "user"}}\nWhat does {{item}} cost?\n';

/** Prices an item by the model, then asks a person. */
function orders(hooks: { readonly beforePrice?: () => void; readonly afterPrice?: () => void } = {}) {
  const pricing = agent(Order, { prompt: "price", reads: ["item"], writes: ["price"] });
  const graph = new StateGraph(Order)
    .addNode("pricing", async (state, config) => {
      hooks.beforePrice?.();
      const update = await pricing(state, config);
      hooks.afterPrice?.();
      return { ...update, log: ["priced"] };
    })
    .addNode("approval", async ({ price }) => ({
      approved: interrupt({ question: `Pay ${price}?` }) === "yes",
      log: ["asked"],
    }))
    .addEdge(START, "pricing")
    .addEdge("pricing", "approval")
    .addEdge("approval", END);
  return workflow({ id: "orders", graph });
}

const open = (model: Model, hooks = {}, folder?: string) =>
  openBaton({
    workflows: [orders(hooks)],
    model,
    prompts: { price: PROMPT },
    ...(folder === undefined ? {} : { folder }),
  });

describe("a run", () => {
  it("waits for a person, takes the answer, and completes", async () => {
    const model = scripted([{ answer: { price: 12 } }]);
    const baton = await open(model);
    const started = await baton.start("orders", { item: "teapot" });
    const waiting = await started.result();
    expect(waiting).toMatchObject({
      status: "interrupted",
      state: { price: 12 },
      interrupts: [{ value: { question: "Pay 12?" } }],
    });

    const resumed = await baton.resume(started.id, { answer: "yes" });

    expect(await resumed.result()).toMatchObject({
      status: "completed",
      state: { approved: true, log: ["priced", "asked"] },
    });
    model.assertUsedUp();
  });

  it("says what it waits for when it is resumed without an answer, and refuses answers to other questions", async () => {
    const baton = await open(scripted([{ answer: { price: 12 } }]));
    const { id, result } = await baton.start("orders", { item: "teapot" });
    await result();
    await expect(baton.resume(id)).rejects.toMatchObject({
      code: "answer-missing",
      message: expect.stringContaining("Pay 12?"),
    });
    await expect(baton.resume(id, { answer: "yes", interrupt: "other" })).rejects.toMatchObject({
      code: "interrupt-unknown",
    });
    await (await baton.resume(id, { answer: "yes" })).result();
    await expect(baton.resume(id, { answer: "no" })).rejects.toMatchObject({ code: "interrupt-already-answered" });
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: { approved: true } });
  });

  it("fails with step and node, keeps its state, and pays a finished model call only once over a resume", async () => {
    let failing = true;
    const model = scripted([{ answer: { price: 12 } }]);
    const baton = await open(model, {
      afterPrice: () => {
        if (failing) throw new FatalError("The till is locked.", { hint: "Unlock it." });
      },
    });
    const { id, result } = await baton.start("orders", { item: "teapot" });
    expect(await result()).toMatchObject({
      status: "failed",
      error: { message: "The till is locked.", hint: "Unlock it." },
      state: { item: "teapot" },
    });
    expect(await baton.run(id)).toMatchObject({ status: "failed", step: 1, node: "pricing" });

    failing = false;
    const outcome = await (await baton.resume(id)).result();

    expect(outcome).toMatchObject({ status: "interrupted", state: { price: 12 } });
    expect(outcome.steps[0]).toMatchObject({ node: "pricing", attempt: 2, modelCalls: 2, replayedCalls: 1 });
    model.assertUsedUp();
  });

  it("has an answer that does not fit mended", async () => {
    const model = scripted([
      { answer: { price: "twelve" } },
      { when: "You mend a JSON answer", answer: { price: 12 } },
    ]);
    const baton = await open(model);
    const outcome = await (await baton.start("orders", { item: "teapot" })).result();
    expect(outcome).toMatchObject({ status: "interrupted", state: { price: 12 }, steps: [{ modelCalls: 2 }, {}] });
    model.assertUsedUp();
  });

  it("fails after two repairs, keeps what was answered, and asks anew on a resume", async () => {
    const model = scripted([
      { answer: { price: "twelve" }, times: 3 },
      { when: "What does teapot cost", answer: { price: 12 } },
    ]);
    const baton = await open(model);
    const { id, result } = await baton.start("orders", { item: "teapot" });
    expect(await result()).toMatchObject({
      status: "failed",
      error: { code: "model-output-invalid", raw: '{"price":"twelve"}' },
    });

    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "interrupted", state: { price: 12 } });

    const models = (await baton.store.effects.list(id)).filter(({ kind }) => kind === "model");
    expect(models.map(({ status }) => status)).toEqual(["done", "done", "spent", "done"]);
    model.assertUsedUp();
  });

  it("shows its events live and in order", async () => {
    const baton = await open(scripted([{ answer: { price: 12 } }]));
    const handle = await baton.start("orders", { item: "teapot" });
    const seen: StoredEvent[] = [];
    for await (const event of handle.events()) seen.push(event);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        "run_started",
        "task_started",
        "prompt_rendered",
        "model_called",
        "task_completed",
        "step_committed",
        "run_interrupted",
      ]),
    );
    expect(await baton.events(handle.id)).toEqual(seen);
  });

  it("renders from the prompts it pinned at its start, whatever the files say now", async () => {
    const folder = await temporaryFolder();
    let failing = true;
    const hooks = {
      beforePrice: () => {
        if (failing) throw new Error("not yet");
      },
    };
    const first = await open(scripted([]), hooks, folder);
    const { id, result } = await first.start("orders", { item: "teapot" });
    await result();
    const model = scripted([{ answer: { price: 3 } }]);
    const second = await openBaton({
      workflows: [orders()],
      model,
      prompts: { price: PROMPT.replace("What does", "Guess what") },
      folder,
    });
    failing = false;

    await (await second.resume(id)).result();

    expect(model.requests[0]?.messages.at(-1)?.content).toContain("What does teapot cost?");
  });

  it("is returned, not started again, when its id and input come a second time", async () => {
    const model = scripted([{ answer: { price: 12 } }]);
    const baton = await open(model);
    await (await baton.start("orders", { item: "teapot" }, { runId: "o1" })).result();
    expect(await (await baton.start("orders", { item: "teapot" }, { runId: "o1" })).result()).toMatchObject({
      runId: "o1",
      status: "interrupted",
    });
    await expect(baton.start("orders", { item: "cup" }, { runId: "o1" })).rejects.toMatchObject({
      code: "run-id-taken",
    });
    model.assertUsedUp();
  });

  it("holds its thread until it is completed, and the next turn goes on with the thread's state", async () => {
    const baton = await open(scripted([{ answer: { price: 12 } }, { answer: { price: 5 } }]));
    const first = await baton.start("orders", { item: "teapot" }, { thread: "t" });
    await first.result();
    await expect(baton.start("orders", { item: "cup" }, { thread: "t" })).rejects.toMatchObject({
      code: "thread-held",
      message: expect.stringContaining(first.id),
    });
    await (await baton.resume(first.id, { answer: "yes" })).result();

    const second = await baton.start("orders", { item: "cup" }, { thread: "t" });

    expect(await second.result()).toMatchObject({
      status: "interrupted",
      state: { item: "cup", price: 5, log: ["priced", "asked", "priced"] },
    });
  });

  it("is not shared by two tenants that name the same thread", async () => {
    const baton = await open(scripted([{ answer: { price: 12 } }, { answer: { price: 5 } }]));
    await (await baton.start("orders", { item: "teapot" }, { thread: "t", tenant: "red" })).result();
    const other = await (await baton.start("orders", { item: "cup" }, { thread: "t", tenant: "blue" })).result();
    expect(other.state).toMatchObject({ item: "cup", price: 5, log: ["priced"] });
  });

  it("is parked when its signal aborts, and can be resumed", async () => {
    const stop = new AbortController();
    const model = scripted([{ answer: { price: 12 } }]);
    const baton = await open(model, { afterPrice: () => stop.abort() });
    const { id, result } = await baton.start("orders", { item: "teapot" }, { signal: stop.signal });
    expect(await result()).toMatchObject({ status: "parked" });
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "interrupted", state: { price: 12 } });
    model.assertUsedUp();
  });

  it("is refused while another owner works on it", async () => {
    const gate = Promise.withResolvers<void>();
    const slow: Model = {
      ...scripted([]),
      generate: async () => (
        await gate.promise,
        { text: '{"price":1}', finish: "stop", usage: { inputTokens: 1, outputTokens: 1 }, model: "slow" }
      ),
    };
    const folder = await temporaryFolder();
    const one = await open(slow, {}, folder);
    const two = await open(slow, {}, folder);
    const handle = await one.start("orders", { item: "teapot" });
    await expect(two.resume(handle.id)).rejects.toMatchObject({
      code: "run-already-active",
      message: expect.stringContaining(handle.id),
    });
    gate.resolve();
    expect(await handle.result()).toMatchObject({ status: "interrupted" });
  });

  it("keeps to the model it was started on", async () => {
    const folder = await temporaryFolder();
    const first = await open({ ...scripted([{ answer: { price: 1 } }]), ref: "first" }, {}, folder);
    const { id, result } = await first.start("orders", { item: "teapot" });
    await result();
    const second = await open({ ...scripted([]), ref: "second" }, {}, folder);
    await expect(second.resume(id, { answer: "yes" })).rejects.toMatchObject({
      code: "model-changed",
      message: expect.stringContaining("`first`"),
    });
  });

  it("names the unknown run, the unknown workflow and the wrong field", async () => {
    const baton = await open(scripted([]));
    await expect(baton.resume("run_missing")).rejects.toMatchObject({ code: "unknown-run" });
    await expect(baton.start("order", {})).rejects.toMatchObject({
      code: "unknown-workflow",
      hint: expect.stringContaining("orders"),
    });
    await expect(baton.start("orders", { item: 5 })).rejects.toMatchObject({ code: "input-invalid" });
    expect(await baton.runs()).toEqual([]);
  });
});

describe("the journal of a node", () => {
  const Sum = new StateSchema({
    total: z.number().default(0),
    parts: new ReducedValue(z.array(z.number()).default([]), { reducer: (known, added) => known.concat(added) }),
  });

  function summing(
    calls: string[],
    attempts: { left: number },
    retryPolicy?: { maxAttempts: number; initialInterval: number; jitter: boolean; retryOn: () => boolean },
  ) {
    const add = node(Sum, { reads: [], writes: ["total"] }, async (_state, { call }) => {
      const ask = (name: string, request: JsonObject, value: number) =>
        call(name, request, async () => (calls.push(`${name} ${value}`), value));
      const first = await ask("rate", { of: "a" }, 1);
      const second = await ask("rate", { of: "a" }, 2);
      const third = await ask("rate", { of: "b" }, 3);
      attempts.left -= 1;
      if (attempts.left > 0) throw new Error("try again");
      return { total: first + second + third };
    });
    return workflow({
      id: "sum",
      graph: new StateGraph(Sum)
        .addNode("add", add, retryPolicy === undefined ? {} : { retryPolicy })
        .addEdge(START, "add")
        .addEdge("add", END),
    });
  }

  it("gives two equal calls of one node two keys, and repeats none on an in-process retry", async () => {
    const calls: string[] = [];
    const flow = summing(
      calls,
      { left: 2 },
      { maxAttempts: 2, initialInterval: 1, jitter: false, retryOn: () => true },
    );
    const baton = await openBaton({ workflows: [flow], model: scripted([]) });
    const outcome = await (await baton.start("sum", {})).result();
    expect(outcome).toMatchObject({ status: "completed", state: { total: 6 }, steps: [{ node: "add", attempt: 2 }] });
    expect(calls).toEqual(["rate 1", "rate 2", "rate 3"]);
  });

  it("repeats none on a resume", async () => {
    const calls: string[] = [];
    const baton = await openBaton({ workflows: [summing(calls, { left: 2 })], model: scripted([]) });
    const { id, result } = await baton.start("sum", {});
    expect(await result()).toMatchObject({ status: "failed" });
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: { total: 6 } });
    expect(calls).toHaveLength(3);
  });
});

describe("what an agent recalls", () => {
  const Answer = new StateSchema({ question: z.string(), reply: z.string().default("") });
  const passage = (id: string, text: string) => ({ id, text, group: "tea.md", order: 0, time: 0, meta: {} });

  it("is read back on a resume, so that the finished model call still fits, whatever was remembered meanwhile", async () => {
    let failing = true;
    const answering = agent(Answer, {
      prompt: "answer",
      reads: ["question"],
      writes: ["reply"],
      memory: { layers: ["vector"], namespace: () => "tea" },
    });
    const graph = new StateGraph(Answer)
      .addNode("learn", async (_state, config) => {
        const { memory } = servicesFrom(config);
        await memory.remember("vector", [passage("1", "Steep green tea for two minutes.")], "tea");
        return {};
      })
      .addNode("answer", async (state, config) => {
        const update = await answering(state, config);
        if (!failing) return update;
        await servicesFrom(config).memory.remember(
          "vector",
          [passage("2", "Green tea is steeped, not boiled.")],
          "tea",
        );
        throw new Error("not yet");
      })
      .addEdge(START, "learn")
      .addEdge("learn", "answer");
    const model = scripted([{ answer: { reply: "Two minutes." } }]);
    const prompts = { answer: '---\ninput:\n  schema:\n    question: string\n---\n{{role "user"}}\n{{question}}\n' };
    const baton = await openBaton({ workflows: [workflow({ id: "tea", graph })], model, prompts });
    const { id, result } = await baton.start("tea", { question: "How long is green tea steeped?" });
    expect(await result()).toMatchObject({ status: "failed" });
    failing = false;

    expect(await (await baton.resume(id)).result()).toMatchObject({
      status: "completed",
      state: { reply: "Two minutes." },
    });

    expect(model.requests[0]?.passages).toEqual([{ text: "Steep green tea for two minutes.", meta: {} }]);
    model.assertUsedUp();
  });
});

describe("a graph of LangGraph's own devices", () => {
  it("follows a Command to the node it names", async () => {
    const graph = new StateGraph(Order)
      .addNode("router", async () => new Command({ goto: "late", update: { log: ["routed"] } }), { ends: ["late"] })
      .addNode("late", async () => ({ log: ["late"] }))
      .addEdge(START, "router")
      .addEdge("late", END);
    const baton = await openBaton({ workflows: [workflow({ id: "w", graph })], model: scripted([]) });
    expect(await (await baton.start("w", { item: "x" })).result()).toMatchObject({
      status: "completed",
      state: { log: ["routed", "late"] },
    });
  });

  it("ends a loop at the workflow's `maxSteps` with an error that says so, and can go on", async () => {
    const graph = new StateGraph(Order)
      .addNode("loop", async () => ({ log: ["again"] }))
      .addEdge(START, "loop")
      .addConditionalEdges("loop", ({ log }) => (log.length < 8 ? "loop" : END), ["loop", END]);
    const baton = await openBaton({ workflows: [workflow({ id: "w", graph, maxSteps: 5 })], model: scripted([]) });
    const { id, result } = await baton.start("w", { item: "x" });
    expect(await result()).toMatchObject({ status: "failed", error: { code: "recursion-limit" } });
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed" });
  });
});
