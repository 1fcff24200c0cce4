import { END, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import {
  agent,
  type Baton,
  type Budget,
  type Model,
  type ModelResponse,
  node,
  postgres,
  type ServerStore,
  subworkflow,
  type Workflow,
  workflow,
} from "batonjs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

const State = new StateSchema({
  item: z.string().default(""),
  lines: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
  rounds: z.number().default(0),
});
const prompts = { line: '---\ninput:\n  schema:\n    item: string\n---\n{{role "user"}}\nA line about {{item}}.\n' };
const PRICE = { input: 0, output: 1_000_000 };

/** Says that its answers took so many tokens, of which each costs a dollar. None is given before `together` calls are under way. */
function taking(tokens: (call: number) => number, { together = 1, ...settings }: Taking = {}) {
  const seen = { calls: 0, longest: 0 };
  const crowd = Promise.withResolvers<void>();
  const model: Model = {
    ref: "taking",
    settings,
    check: () => undefined,
    probe: async () => "fine",
    async generate(): Promise<ModelResponse> {
      const outputTokens = tokens(seen.calls++);
      seen.longest = Math.max(seen.longest, outputTokens);
      if (seen.calls >= together) crowd.resolve();
      await crowd.promise;
      return {
        text: JSON.stringify({ lines: ["a line"] }),
        finish: "stop",
        usage: { inputTokens: 0, outputTokens },
        model: "taking",
      };
    },
  };
  return { model, seen };
}

interface Taking {
  readonly together?: number;
  readonly maxOutputTokens?: number;
}

const writer = agent(State, { prompt: "line", reads: ["item"], writes: ["lines"] });

/** One branch for each of `width` items, all in one step. */
function fanOut(width: number, budget: Budget = {}) {
  const items = Array.from({ length: width }, (_, index) => `item ${index}`);
  const graph = new StateGraph(State)
    .addNode("writer", writer, { retryPolicy: { maxAttempts: 3, initialInterval: 1 } })
    .addConditionalEdges(START, () => items.map((item) => new Send("writer", { item })), ["writer"])
    .addEdge("writer", END);
  return workflow({ id: "fan-out", graph, budget });
}

/** Goes round and round, one step a round; no model is asked. */
function loop(rounds: number) {
  const again = node(State, { reads: ["rounds"], writes: ["rounds"] }, ({ rounds: now }) => ({ rounds: now + 1 }));
  const graph = new StateGraph(State)
    .addNode("again", again)
    .addEdge(START, "again")
    .addConditionalEdges("again", (state) => (state.rounds < rounds ? "again" : END), ["again", END]);
  return workflow({ id: "loop", graph });
}

/** The workflow as the only node of another one. */
function nested(inner: Workflow) {
  const fan = subworkflow(State, inner, { reads: { item: "item" }, writes: { lines: "lines" } });
  return workflow({
    id: "nested",
    graph: new StateGraph(State).addNode("fan", fan).addEdge(START, "fan").addEdge("fan", END),
  });
}

async function open(model: Model, flows: readonly Workflow[] = [fanOut(16)], store?: ServerStore): Promise<Baton> {
  return await openBaton({
    workflows: flows,
    model,
    prompts,
    prices: { taking: PRICE },
    ...(store === undefined ? {} : { store }),
  });
}

let database: TestDatabase | undefined;
beforeAll(async () => void (database = await createTestDatabase()));
afterAll(async () => await database?.drop());

const PLACES: readonly (readonly [name: string, place: () => ServerStore | undefined])[] = [
  ["SQLite", () => undefined],
  ["PostgreSQL", () => postgres({ url: database?.url ?? "" })],
];

describe.each(PLACES)("a budget on %s", (_name, place) => {
  it("F28 S20: parks 16 parallel branches with at most one call too many, and lets them go on with more", async () => {
    const { model, seen } = taking(() => 10);
    const baton = await open(model, [fanOut(16)], place());
    const { id, result } = await baton.start("fan-out", {}, { budget: { tokens: 55 } });
    expect(await result()).toMatchObject({
      status: "parked",
      reason: `the budget of run \`${id}\` is used up: 60 of 55 tokens; give it more with --budget-tokens`,
    });
    expect(seen.calls).toBe(6);
    expect((await baton.events(id)).find(({ type }) => type === "budget_used_up")).toMatchObject({
      part: "tokens",
      limit: 55,
      spent: 60,
    });
    const again = await (await baton.resume(id)).result();
    expect({ status: again.status, calls: seen.calls }).toEqual({ status: "parked", calls: 6 });
    const done = await (await baton.resume(id, { budget: { tokens: 1000 }, by: "ada", reason: "worth it" })).result();
    expect(done).toMatchObject({ status: "completed", state: { lines: Array(16).fill("a line") } });
    expect(seen.calls).toBe(16);
    expect((await baton.events(id)).find(({ type }) => type === "budget_changed")).toMatchObject({
      from: { tokens: 55 },
      to: { tokens: 1000 },
      by: "ada",
      reason: "worth it",
    });
    expect(await baton.store.budgets.read(id)).toMatchObject({ spent: { tokens: 160, modelCalls: 16 }, open: 0 });
  });

  it("never lets a run pass a limit by more than one call, whatever calls take, whichever limit it is", async () => {
    const { model: idle } = taking(() => 1);
    let current: Model = idle;
    const model: Model = { ...idle, generate: async (request, options) => await current.generate(request, options) };
    const baton = await open(model, [fanOut(16)], place());
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            tokens: fc.integer({ min: 1, max: 400 }),
            usd: fc.integer({ min: 1, max: 400 }),
            modelCalls: fc.integer({ min: 1, max: 20 }),
          },
          { requiredKeys: [] },
        ),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 16, maxLength: 16 }),
        async (budget, tokens) => {
          const { model: next, seen } = taking((call) => tokens[call] ?? 1);
          current = next;
          const { id, result } = await baton.start("fan-out", {}, { budget });
          const { status } = await result();
          const spent = (await baton.store.budgets.read(id))?.spent ?? { tokens: 0, usd: 0, modelCalls: 0, steps: 0 };
          const limits = { tokens: Infinity, usd: Infinity, modelCalls: Infinity, ...budget };
          expect(spent.tokens).toBeLessThan(limits.tokens + seen.longest);
          expect(spent.usd).toBeLessThan(limits.usd + seen.longest + 1e-6);
          expect(seen.calls).toBeLessThanOrEqual(limits.modelCalls);
          const total = tokens.reduce((sum, count) => sum + count, 0);
          const fits = total < Math.min(limits.tokens, limits.usd) && limits.modelCalls > 16;
          if (fits) expect(status).toBe("completed");
          if (status === "completed") expect(seen.calls).toBe(16);
          else expect(status).toBe("parked");
        },
      ),
      { numRuns: Number(process.env["BATON_FUZZ_RUNS"] ?? 6) },
    );
  });

  it("is shared by runs that are part of the work", async () => {
    const { model, seen } = taking(() => 10);
    const baton = await open(model, [fanOut(4)], place());
    const parent = await baton.start("fan-out", {}, { budget: { tokens: 70 } });
    expect(await parent.result()).toMatchObject({ status: "completed" });
    const child = await baton.start("fan-out", {}, { sharesBudgetOf: parent.id, budget: { tokens: 1_000_000 } });
    expect(await child.result()).toMatchObject({ status: "parked", reason: expect.stringContaining(parent.id) });
    expect(seen.calls).toBe(7);
    await expect(baton.resume(child.id, { budget: { tokens: 500 } })).rejects.toMatchObject({ code: "bad-usage" });
  });

  it("is shared by a workflow inside a node, whose own budget counts only for runs of its own", async () => {
    const { model, seen } = taking(() => 10);
    const baton = await open(model, [nested(fanOut(4, { modelCalls: 1 }))], place());
    const { id, result } = await baton.start("nested", {}, { budget: { tokens: 25 } });
    const parked = await result();
    expect(parked).toMatchObject({
      status: "parked",
      reason: `the budget of run \`${id}\` is used up: 30 of 25 tokens; give it more with --budget-tokens`,
    });
    expect(seen.calls).toBe(3);
    const used = (await baton.events(id)).find(({ type }) => type === "budget_used_up");
    expect(used).toMatchObject({ budget: id, part: "tokens" });
    expect(await (await baton.resume(id, { budget: { tokens: 100 } })).result()).toMatchObject({
      status: "completed",
      state: { lines: Array(4).fill("a line") },
    });
    expect(seen.calls).toBe(4);
    expect(await baton.store.budgets.read(id)).toMatchObject({ spent: { tokens: 40, modelCalls: 4 }, open: 0 });
  });

  it("of steps ends the run after exactly so many, over all resumes", async () => {
    const { model } = taking(() => 1);
    const baton = await open(model, [loop(7)], place());
    const { id, result } = await baton.start("loop", {}, { budget: { steps: 3 } });
    expect(await result()).toMatchObject({ status: "parked", state: { rounds: 3 } });
    const more = await (await baton.resume(id, { budget: { steps: 5 } })).result();
    expect(more).toMatchObject({
      status: "parked",
      state: { rounds: 5 },
      reason: expect.stringContaining("5 of 5 steps"),
    });
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "parked", state: { rounds: 5 } });
    expect(await (await baton.resume(id, { budget: { steps: 7 } })).result()).toMatchObject({
      status: "completed",
      state: { rounds: 7 },
    });
  });
});

describe("a budget", () => {
  it("lets calls run side by side while there is room for the longest answer of each", async () => {
    const { model } = taking(() => 10, { maxOutputTokens: 10, together: 16 });
    const baton = await open(model);
    expect(await (await baton.start("fan-out", {}, { budget: { tokens: 1_000_000 } })).result()).toMatchObject({
      status: "completed",
    });
  });

  it("counts no call that the provider did not answer", async () => {
    const { model, seen } = taking(() => 1);
    let isDown = true;
    const flaky: Model = {
      ...model,
      async generate(request, options) {
        if (!isDown) return await model.generate(request, options);
        isDown = false;
        throw new Error("socket hang up");
      },
    };
    const baton = await open(flaky, [fanOut(2)]);
    const { id, result } = await baton.start("fan-out", {}, { budget: { modelCalls: 3 } });
    expect(await result()).toMatchObject({ status: "completed" });
    expect(await baton.store.budgets.read(id)).toMatchObject({ spent: { modelCalls: 2 }, open: 0 });
    expect(seen.calls).toBe(2);
  });

  it("S20: of a fan-out of 500 branches lets no more ask than it has calls", async () => {
    const { model, seen } = taking(() => 10);
    const baton = await open(model, [fanOut(500, { modelCalls: 3 })]);
    expect(await (await baton.start("fan-out", {})).result()).toMatchObject({
      status: "parked",
      reason: expect.stringContaining("3 of 3 model calls"),
    });
    expect(seen.calls).toBe(3);
  });

  it("counts what stands in the workflow, unless the start says otherwise", async () => {
    const { model, seen } = taking(() => 10);
    const baton = await open(model, [fanOut(4, { modelCalls: 2 })]);
    expect(await (await baton.start("fan-out", {})).result()).toMatchObject({ status: "parked" });
    expect(seen.calls).toBe(2);
    expect(await (await baton.start("fan-out", {}, { budget: { modelCalls: 9 } })).result()).toMatchObject({
      status: "completed",
    });
  });

  it("in dollars needs the price of every model that may answer, before there is a run", async () => {
    const { model } = taking(() => 1);
    const baton = await openBaton({ workflows: [fanOut(1)], model, prompts });
    await expect(baton.start("fan-out", {}, { budget: { usd: 1 } })).rejects.toMatchObject({
      code: "model-price-unknown",
      message: "The run has a budget in US dollars, but the price of the model `taking` is unknown.",
    });
    expect(await baton.runs()).toEqual([]);
  });

  it("refuses limits that are none", async () => {
    const { model } = taking(() => 1);
    const baton = await open(model);
    for (const budget of [{ tokens: 0 }, { tokens: 1.5 }, { usd: -1 }, { steps: Number.NaN }, { minutes: 3 }])
      await expect(baton.start("fan-out", {}, { budget })).rejects.toMatchObject({ code: "bad-usage" });
  });

  it("of time stops the node under way, and the time of earlier starts counts", async () => {
    const { model } = taking(() => 1);
    let isSlow = true;
    const slow = node(State, { reads: [], writes: ["rounds"] }, async (_, { signal }) => {
      if (isSlow) await new Promise((_done, failed) => signal?.addEventListener("abort", () => failed(signal.reason)));
      return { rounds: 1 };
    });
    const graph = new StateGraph(State).addNode("slow", slow).addEdge(START, "slow").addEdge("slow", END);
    const baton = await open(model, [workflow({ id: "slow", graph })]);
    const { id, result } = await baton.start("slow", {}, { budget: { wallMs: 150 } });
    expect(await result()).toMatchObject({ status: "parked", reason: expect.stringContaining("of 150 ms") });
    isSlow = false;
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "parked", state: { rounds: 0 } });
    expect(await (await baton.resume(id, { budget: { wallMs: 60_000 } })).result()).toMatchObject({
      status: "completed",
    });
  });
});
