import { Command, END, interrupt, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, subworkflow, tool, workflow } from "batonjs";
import { calls, scripted } from "batonjs/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

import { describeRun } from "../../cli/run-description.ts";
import { fingerprint } from "../../graph/fingerprint.ts";
import { openBaton } from "../support/baton.ts";
import { plainOutput } from "../support/plain-output.ts";

const list = () =>
  new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) });

const Search = new StateSchema({ question: z.string(), notes: list(), brief: z.string().default("") });
const Book = new StateSchema({ topic: z.string(), facts: list(), chapter: z.string().default("") });

const PROMPTS = {
  find: '---\ninput:\n  schema:\n    question: string\n---\n{{role "user"}}\nFind {{json question}}.\n',
  sum: '---\ninput:\n  schema:\n    notes(array): string\n---\n{{role "user"}}\nSum up {{json notes}}.\n',
  tell: '---\ninput:\n  schema:\n    facts(array): string\n---\n{{role "user"}}\nTell {{json facts}}.\n',
};

const finder = agent(Search, { prompt: "find", reads: ["question"], writes: ["notes"] });
const summer = agent(Search, { prompt: "sum", reads: ["notes"], writes: ["brief"] });
const search = workflow({
  id: "search",
  graph: new StateGraph(Search)
    .addNode("finder", finder)
    .addNode("summer", summer)
    .addEdge(START, "finder")
    .addEdge("finder", "summer")
    .addEdge("summer", END),
});

const teller = agent(Book, { prompt: "tell", reads: ["facts"], writes: ["chapter"] });
const book = workflow({
  id: "book",
  graph: new StateGraph(Book)
    .addNode(
      "know",
      node(Book, { reads: [], writes: ["facts"] }, () => ({ facts: ["Tea is old."] })),
    )
    .addNode("research", subworkflow(Book, search, { reads: { question: "topic" }, writes: { facts: "notes" } }))
    .addNode("teller", teller)
    .addEdge(START, "know")
    .addEdge("know", "research")
    .addEdge("research", "teller")
    .addEdge("teller", END),
});

const ANSWERS = [
  { when: "Find", answer: { notes: ["Tea is a plant.", "Tea is old."] } },
  { when: "Sum up", answer: { brief: "Tea, in short." } },
  { when: "Tell", answer: { chapter: "On tea." } },
] as const;

describe("a workflow as a node of another one", () => {
  it("has a state of its own, and its steps stand under the node that it is", async () => {
    const model = scripted(ANSWERS);
    const baton = await openBaton({ workflows: [book], model, prompts: PROMPTS });
    const outcome = await (await baton.start("book", { topic: "tea" })).result();
    expect(outcome).toMatchObject({
      status: "completed",
      state: { topic: "tea", facts: ["Tea is old.", "Tea is a plant.", "Tea is old."], chapter: "On tea." },
    });
    expect(Object.keys(outcome.state)).not.toContain("brief");
    expect(outcome.steps).toMatchObject([
      { node: "know", modelCalls: 0 },
      {
        node: "research",
        workflow: "search",
        outcome: "completed",
        modelCalls: 2,
        inner: [
          { step: 1, node: "finder", outcome: "completed", modelCalls: 1 },
          { step: 2, node: "summer", outcome: "completed", modelCalls: 1 },
        ],
      },
      { node: "teller", modelCalls: 1 },
    ]);
    const run = await baton.run(outcome.runId);
    const shown = describeRun(run, { events: await baton.events(run.id), changed: new Set() }, plainOutput());
    expect(shown).toMatch(/research \(workflow search\)\s+completed[^\n]*\n\s+1\s+└ finder\s+completed/u);
    model.assertUsedUp();
  });

  it("pins the prompts of both on the run, and nothing else", async () => {
    const prompts = { ...PROMPTS, unused: PROMPTS.find };
    const baton = await openBaton({ workflows: [book], model: scripted(ANSWERS), prompts });
    const { runId } = await (await baton.start("book", { topic: "tea" })).result();
    const { pins } = await baton.run(runId);
    expect(pins.prompts.map(({ name }) => name).toSorted()).toEqual(["baton/output-repair", "find", "sum", "tell"]);
  });

  it("is compared with another run down to the step inside at which they went apart", async () => {
    const model = scripted([...ANSWERS, ANSWERS[0], { when: "Sum up", answer: { brief: "Tea, anew." } }, ANSWERS[2]]);
    const baton = await openBaton({ workflows: [book], model, prompts: PROMPTS });
    for (const runId of ["one", "other"]) await (await baton.start("book", { topic: "tea" }, { runId })).result();
    expect(await baton.diff("one", "other")).toMatchObject({
      within: [{ step: 2, node: "research" }],
      step: 2,
      node: "summer",
      reasons: [{ kind: "answer" }],
    });
  });

  it("is resumed where it failed and repeats no finished model call", async () => {
    const model = scripted([
      ANSWERS[0],
      { when: "Sum up", answer: new Error("The provider is down.") },
      ANSWERS[1],
      ANSWERS[2],
    ]);
    const baton = await openBaton({ workflows: [book], model, prompts: PROMPTS });
    const failed = await (await baton.start("book", { topic: "tea" })).result();
    expect(failed).toMatchObject({ status: "failed", error: { message: expect.stringContaining("down") } });
    expect(failed.steps[1]?.inner).toMatchObject([{ outcome: "completed" }, { node: "summer", outcome: "failed" }]);
    const outcome = await (await baton.resume(failed.runId)).result();
    expect(outcome).toMatchObject({ status: "completed", state: { chapter: "On tea." } });
    expect(model.requests).toHaveLength(4);
    model.assertUsedUp();
  });

  it("refuses fields that one of the two states does not have", () => {
    // @ts-expect-error: the outer state has no such field.
    expect(() => subworkflow(Book, search, { reads: { question: "tpic" }, writes: {} })).toThrow(/`tpic`/u);
    // @ts-expect-error: the outer state has no such field.
    expect(() => subworkflow(Book, search, { reads: {}, writes: { nothing: "notes" } })).toThrow(/`nothing`/u);
    expect(() => subworkflow(Book, search, { reads: { qestion: "topic" }, writes: {} })).toThrow(
      expect.objectContaining({ code: "state-field-unknown", message: expect.stringContaining("`qestion`") }),
    );
    const research = subworkflow(Book, search, { reads: { question: "topic" }, writes: { facts: "notes" } });
    expectTypeOf(research).parameter(0).toEqualTypeOf<{ topic: string }>();
  });

  it("fails before its first step when its input does not fit, naming it", async () => {
    const Strict = new StateSchema({ question: z.string().min(10) });
    const graph = new StateGraph(Strict)
      .addNode(
        "only",
        node(Strict, { reads: ["question"], writes: [] }, () => ({})),
      )
      .addEdge(START, "only");
    const strict = workflow({ id: "strict", graph });
    const outer = new StateGraph(Book)
      .addNode("inner", subworkflow(Book, strict, { reads: { question: "topic" }, writes: {} }))
      .addEdge(START, "inner");
    const baton = await openBaton({ workflows: [workflow({ id: "outer", graph: outer })], model: scripted([]) });
    const outcome = await (await baton.start("outer", { topic: "tea" })).result();
    expect(outcome.error).toMatchObject({ code: "input-invalid", message: expect.stringContaining("`strict`") });
    expect(outcome.steps[0]?.inner).toBeUndefined();
  });

  it("fails with recursion-limit under its own name when it goes round for ever", async () => {
    const graph = new StateGraph(Search)
      .addNode(
        "round",
        node(Search, { reads: [], writes: [] }, () => ({})),
      )
      .addEdge(START, "round")
      .addEdge("round", "round");
    const endless = workflow({ id: "endless", graph, maxSteps: 5 });
    const outer = new StateGraph(Book)
      .addNode("inner", subworkflow(Book, endless, { reads: { question: "topic" }, writes: {} }))
      .addEdge(START, "inner");
    const baton = await openBaton({ workflows: [workflow({ id: "outer", graph: outer })], model: scripted([]) });
    const outcome = await (await baton.start("outer", { topic: "tea" })).result();
    expect(outcome.error).toMatchObject({ code: "recursion-limit", message: expect.stringContaining("`endless`") });
  });

  it("counts for the fingerprint, with the fields that go in and out", () => {
    const variant = (writes: { readonly facts: string }) =>
      workflow({
        id: "book",
        graph: new StateGraph(Book)
          .addNode("research", subworkflow(Book, search, { reads: { question: "topic" }, writes }))
          .addEdge(START, "research"),
      });
    expect(fingerprint(variant({ facts: "notes" }))).toBe(fingerprint(variant({ facts: "notes" })));
    expect(fingerprint(variant({ facts: "notes" }))).not.toBe(fingerprint(variant({ facts: "brief" })));
  });
});

describe("a question inside a workflow that is a node", () => {
  const Ask = new StateSchema({ topic: z.string(), answer: z.string().default("") });

  function nested(inner: Parameters<typeof workflow>[0]["graph"]) {
    const asking = workflow({ id: "asking", graph: inner });
    const graph = new StateGraph(Ask)
      .addNode("inner", subworkflow(Ask, asking, { reads: { topic: "topic" }, writes: { answer: "answer" } }))
      .addEdge(START, "inner");
    return workflow({ id: "outer", graph });
  }

  it("is answered like any other, and the steps before it do not run again", async () => {
    let begun = 0;
    const inner = new StateGraph(Ask)
      .addNode(
        "before",
        node(Ask, { reads: [], writes: [] }, () => {
          begun += 1;
          return {};
        }),
      )
      .addNode("ask", ({ topic }) => ({ answer: `${topic}: ${String(interrupt("Which one?"))}` }))
      .addEdge(START, "before")
      .addEdge("before", "ask");
    const baton = await openBaton({ workflows: [nested(inner)], model: scripted([]) });
    const waiting = await (await baton.start("outer", { topic: "tea" })).result();
    expect(waiting).toMatchObject({ status: "interrupted", interrupts: [{ value: "Which one?" }] });
    const outcome = await (await baton.resume(waiting.runId, { answer: "green", by: "ann" })).result();
    expect(outcome).toMatchObject({ status: "completed", state: { answer: "tea: green" } });
    expect(begun).toBe(1);
    const why = await baton.why(outcome.runId, "answer");
    expect(why.writtenBy).toMatchObject({ node: "inner/ask" });
    expect(why.answers).toEqual([{ answer: "green", by: "ann" }]);
  });

  it("S22: asks for the approval of a tool call once, and makes it once", async () => {
    const paid: string[] = [];
    const pay = tool({
      name: "pay",
      description: "Pays.",
      input: z.object({ to: z.string() }),
      effect: "once",
      needsApproval: true,
      run: ({ to }) => {
        paid.push(to);
        return "paid";
      },
    });
    const prompts = { pay: '---\ninput:\n  schema:\n    topic: string\n---\n{{role "user"}}\n{{topic}}\n' };
    const payer = agent(Ask, { prompt: "pay", reads: ["topic"], writes: ["answer"], tools: [pay] });
    const inner = new StateGraph(Ask).addNode("payer", payer).addEdge(START, "payer");
    const model = scripted([{ answer: calls(["pay", { to: "ann" }]) }, { answer: { answer: "done" } }]);
    const baton = await openBaton({ workflows: [nested(inner)], model, prompts });
    const waiting = await (await baton.start("outer", { topic: "rent" })).result();
    const [question] = waiting.interrupts ?? [];
    expect(question?.value).toMatchObject({ kind: "approval", name: "pay", arguments: { to: "ann" }, node: "payer" });
    expect(paid).toEqual([]);
    const answer = { interrupt: question?.id ?? "", answer: { approve: true } };
    const outcome = await (await baton.resume(waiting.runId, answer)).result();
    expect(outcome).toMatchObject({ status: "completed", state: { answer: "done" } });
    expect(paid).toEqual(["ann"]);
    model.assertUsedUp();
  });
});

describe("why, through the border of a workflow that is a node", () => {
  it("leads from a field outside to the agent inside, and from there to the input outside", async () => {
    const baton = await openBaton({ workflows: [book], model: scripted(ANSWERS), prompts: PROMPTS });
    const { runId } = await (await baton.start("book", { topic: "tea" })).result();
    expect(await baton.why(runId, "facts[1]")).toMatchObject({
      path: "facts[1]",
      value: "Tea is a plant.",
      exactness: "exact",
      note: "in workflow `search` it is `notes`",
      writtenBy: { node: "research/finder", step: 1, kind: "agent" },
      prompt: { ref: expect.stringMatching(/^find@/u) },
      reads: [
        {
          path: "question",
          value: "tea",
          note: "outside workflow `search` it is `topic`",
          writtenBy: { kind: "input" },
        },
      ],
    });
  });

  it("tells equal items of a list apart", async () => {
    const baton = await openBaton({ workflows: [book], model: scripted(ANSWERS), prompts: PROMPTS });
    const { runId } = await (await baton.start("book", { topic: "tea" })).result();
    expect((await baton.why(runId, "facts[0]")).writtenBy).toMatchObject({ node: "know" });
    expect((await baton.why(runId, "facts[2]")).writtenBy).toMatchObject({ node: "research/finder" });
  });

  it("keeps apart the runs of one workflow that several packets started side by side", async () => {
    const Many = new StateSchema({ topic: z.string(), topics: z.array(z.string()), chapters: list() });
    const each = subworkflow(Many, search, { reads: { question: "topic" }, writes: { chapters: "notes" } });
    const graph = new StateGraph(Many)
      .addNode("split", () => ({}))
      .addNode("each", each)
      .addEdge(START, "split")
      .addConditionalEdges("split", ({ topics }) => topics.map((topic) => new Send("each", { topic })), ["each"]);
    const model = scripted([
      { when: "tea", answer: { notes: ["On tea."] } },
      { when: "jam", answer: { notes: ["On jam."] } },
      { when: "Sum up", answer: { brief: "Short." }, times: 2 },
    ]);
    const baton = await openBaton({ workflows: [workflow({ id: "many", graph })], model, prompts: PROMPTS });
    const outcome = await (await baton.start("many", { topic: "", topics: ["tea", "jam"] })).result();
    expect(outcome.state).toMatchObject({ chapters: ["On tea.", "On jam."] });
    expect(await baton.why(outcome.runId, "chapters[1]")).toMatchObject({
      value: "On jam.",
      writtenBy: { node: "each/finder" },
    });
  });
});

it("goes on where a command of a node inside sends it, without leaving the inner workflow", async () => {
  const Hop = new StateSchema({ path: list() });
  const inner = new StateGraph(Hop)
    .addNode("a", () => new Command({ goto: "c", update: { path: ["a"] } }), { ends: ["b", "c"] })
    .addNode("b", () => ({ path: ["b"] }))
    .addNode("c", () => ({ path: ["c"] }))
    .addEdge(START, "a");
  const hop = workflow({ id: "hop", graph: inner });
  const graph = new StateGraph(Hop)
    .addNode("inner", subworkflow(Hop, hop, { reads: {}, writes: { path: "path" } }))
    .addEdge(START, "inner");
  const baton = await openBaton({ workflows: [workflow({ id: "outer", graph })], model: scripted([]) });
  expect(await (await baton.start("outer", {})).result()).toMatchObject({ state: { path: ["a", "c"] } });
});
