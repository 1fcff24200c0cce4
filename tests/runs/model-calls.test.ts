import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, type Baton, fallbacks, type Model, node, openai, type OpenAIOptions, workflow } from "batonjs";
import { errorReply, openaiServer, scripted, type ServerReply } from "batonjs/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const State = new StateSchema({
  topic: z.string().default("tea"),
  line: z.string().default(""),
  lines: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
});
const PROMPT = '---\ninput:\n  schema:\n    topic: string\n---\n{{role "user"}}\nA line about {{topic}}.\n';
const stubborn = { maxAttempts: 3, initialInterval: 1, jitter: false };
const writer = agent(State, { prompt: "line", reads: ["topic"], writes: ["line"] });
const flow = workflow({
  id: "line",
  graph: new StateGraph(State)
    .addNode("writer", writer, { retryPolicy: stubborn })
    .addEdge(START, "writer")
    .addEdge("writer", END),
});
const answer: ServerReply = { kind: "completion", content: { line: "Tea is hot." } };
const down = errorReply(503, { message: "overloaded" });

/** Waits take no time, so that only counts matter. */
const retry = { initialDelayMs: 1, maxDelayMs: 1 };

async function server(script: readonly ServerReply[]) {
  const opened = await openaiServer(script);
  onTestFinished(() => opened.close());
  return { ...opened, model: (name = "test-model", options: OpenAIOptions = {}) => ask(opened.url, name, options) };
}

function ask(baseURL: string, name: string, options: OpenAIOptions): Model {
  return openai(name, { baseURL, retry, ...options });
}

async function open(model: Model, prices = {}): Promise<Baton> {
  return await openBaton({ workflows: [flow], model, prompts: { line: PROMPT }, prices });
}

describe("a model call of a run", () => {
  it("is made again by one owner, and stored once", async () => {
    const { model, requests } = await server([
      down,
      errorReply(429, { message: "slow" }, { "retry-after": "0" }),
      answer,
    ]);
    const baton = await open(model());
    const { id, result } = await baton.start("line", {});
    expect(await result()).toMatchObject({ status: "completed", state: { line: "Tea is hot." } });
    expect(requests).toHaveLength(3);
    expect((await baton.store.effects.list(id)).map(({ kind, status }) => [kind, status])).toEqual([["model", "done"]]);
    const called = (await baton.events(id)).filter(({ type }) => type === "model_called");
    expect(called).toMatchObject([{ attempt: 1, usage: { inputTokens: 7, outputTokens: 5 } }]);
  });

  it("F23: does not multiply with the node's own three attempts: a provider that is down is asked three times, and the run waits", async () => {
    const { model, requests } = await server(Array<ServerReply>(9).fill(down));
    const baton = await open(model("test-model", { breaker: false }));
    const before = Date.now();
    const { id, result } = await baton.start("line", {});
    expect(await result()).toMatchObject({
      status: "parked",
      reason: expect.stringContaining("no answer after 3 requests"),
      nextAt: expect.any(Number),
      state: { line: "" },
    });
    expect(requests.length).toBeLessThanOrEqual(3 * 1.5);
    expect((await baton.run(id)).status).toBe("parked");
    expect(await baton.runs({ isDue: true })).toEqual([]);
    expect((await (await baton.resume(id)).result()).nextAt).toBeGreaterThanOrEqual(before + 60_000);
  });

  it("F24: is made once when the provider refuses the request itself, and the run fails", async () => {
    const statuses = [400, 401, 403, 404, 422];
    const { model, requests } = await server(
      statuses.map((status) => errorReply(status, { message: "no such thing" })),
    );
    const baton = await open(model());
    for (const status of statuses) {
      expect(await (await baton.start("line", {})).result(), String(status)).toMatchObject({
        status: "failed",
        error: { code: "model-failed", message: expect.stringContaining(String(status)) },
      });
    }
    expect(requests).toHaveLength(statuses.length);
  });

  it("F24: is made once when the quota is used up, and the run fails: waiting does not pay it", async () => {
    const { model, requests } = await server([errorReply(429, { message: "no credit", code: "insufficient_quota" })]);
    const baton = await open(model());
    expect(await (await baton.start("line", {})).result()).toMatchObject({
      status: "failed",
      error: { code: "model-unavailable" },
    });
    expect(requests).toHaveLength(1);
  });
});

describe("a provider that is down", () => {
  it("S21: is asked 1.5 times per call at most, by all runs of the process together", async () => {
    const { model, requests } = await server(Array<ServerReply>(60).fill(down));
    const baton = await open(model());
    const outcomes = [];
    for (let count = 0; count < 20; count += 1) outcomes.push(await (await baton.start("line", {})).result());
    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill("parked"));
    expect(requests).toHaveLength(5);
    expect(outcomes.at(-1)?.reason).toContain("5 requests in a row failed");
  });

  it("S21: leaves the runs on other models alone", async () => {
    const { url } = await server(Array<ServerReply>(60).fill(down));
    const healthy = await server([answer]);
    const broken = await open(ask(url, "test-model", {}));
    await Promise.all(Array.from({ length: 6 }, async () => (await broken.start("line", {})).result()));
    const baton = await open(healthy.model());
    expect(await (await baton.start("line", {})).result()).toMatchObject({ status: "completed" });
  });
});

describe("fallbacks()", () => {
  it("asks the next model when the first is down, and says so in the events and in why", async () => {
    const first = await server(Array<ServerReply>(3).fill(down));
    const second = await server([answer]);
    const baton = await open(fallbacks([first.model("big"), second.model("small")]));
    const { id, result } = await baton.start("line", {});
    expect(await result()).toMatchObject({ status: "completed" });
    expect(baton.model.ref).toBe("openai/big else openai/small");
    expect((await baton.events(id)).filter(({ type }) => type.startsWith("model_"))).toMatchObject([
      { type: "model_fell_back", from: "openai/big", to: "small", reason: expect.stringContaining("503") },
      { type: "model_called", model: "small" },
    ]);
    expect((await baton.why(id, "line")).model).toMatchObject({ ref: "small", insteadOf: ["openai/big"] });
  });

  it("does not ask another model about a request that is wrong in itself", async () => {
    const first = await server([errorReply(400, { message: "context_length" })]);
    const second = await server([answer]);
    const baton = await open(fallbacks([first.model("big"), second.model("small")]));
    expect(await (await baton.start("line", {})).result()).toMatchObject({ status: "failed" });
    expect(second.requests).toHaveLength(0);
  });

  it("parks the run when none is available, until the first of them can be asked", async () => {
    const wait = (seconds: string): ServerReply => errorReply(429, { message: "slow" }, { "retry-after": seconds });
    const first = await server([wait("3600")]);
    const second = await server([wait("120")]);
    const baton = await open(fallbacks([first.model("big"), second.model("small")]));
    const before = Date.now();
    const outcome = await (await baton.start("line", {})).result();
    expect(outcome).toMatchObject({
      status: "parked",
      reason: expect.stringMatching(/^None of 2 models is available/u),
    });
    expect(outcome.nextAt).toBeGreaterThanOrEqual(before + 120_000);
    expect(outcome.nextAt).toBeLessThan(before + 600_000);
  });

  it("takes at least two models", () => {
    expect(() => fallbacks([openai("one")])).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});

describe("what a run costs", () => {
  it("stands in its outcome, its events and why, at the prices of the config", async () => {
    const { model } = await server([answer]);
    const baton = await open(model(), { "test-model": { input: 1, output: 10 } });
    const { id, result } = await baton.start("line", {});
    const costUsd = 0.000057;
    expect(await result()).toMatchObject({ costUsd, steps: [{ node: "writer", costUsd }] });
    expect((await baton.events(id)).find(({ type }) => type === "model_called")).toMatchObject({ costUsd });
    expect(await baton.why(id, "line")).toMatchObject({ costUsd });
  });

  it("is unknown, and never 0, when one price is unknown or one answer came without its tokens", async () => {
    const { model } = await server([answer]);
    const unpriced = await open(model());
    const { id, result } = await unpriced.start("line", {});
    expect(await result()).toMatchObject({ costUsd: null, steps: [{ costUsd: null }] });
    expect(await unpriced.why(id, "line")).not.toHaveProperty("costUsd");
    const silent = await server([{ kind: "completion", content: { line: "x" }, usage: null }]);
    const baton = await open(silent.model(), { "test-model": { input: 1, output: 10 } });
    expect(await (await baton.start("line", {})).result()).toMatchObject({ costUsd: null });
  });

  it("counts what was read back once, at the price of the time when it was paid", async () => {
    const { model } = await server([answer]);
    let isBroken = true;
    const checked = node(State, { reads: ["line"], writes: ["lines"] }, ({ line }) => {
      if (isBroken) throw new Error("not yet");
      return { lines: [line] };
    });
    const inner = new StateGraph(State)
      .addNode("writer", writer)
      .addNode("check", checked)
      .addEdge(START, "writer")
      .addEdge("writer", "check")
      .addEdge("check", END);
    const graph = new StateGraph(State).addNode("both", inner.compile()).addEdge(START, "both").addEdge("both", END);
    const baton = await openBaton({
      workflows: [workflow({ id: "both", graph })],
      model: model(),
      prompts: { line: PROMPT },
      prices: { "test-model": { input: 1, output: 10 } },
    });
    const { id, result } = await baton.start("both", {});
    expect(await result()).toMatchObject({ status: "failed", costUsd: 0.000057 });
    isBroken = false;
    expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", costUsd: 0.000057 });
  });

  it("is 0 when no model was asked", async () => {
    const quiet = node(State, { reads: [], writes: ["line"] }, () => ({ line: "x" }));
    const flowOfNone = workflow({
      id: "none",
      graph: new StateGraph(State).addNode("quiet", quiet).addEdge(START, "quiet").addEdge("quiet", END),
    });
    const baton = await openBaton({ workflows: [flowOfNone], model: scripted([]) });
    expect(await (await baton.start("none", {})).result()).toMatchObject({ costUsd: 0 });
  });
});
