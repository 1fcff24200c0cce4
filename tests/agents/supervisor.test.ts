import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, supervision, supervisor, workflow } from "batonjs";
import { scripted, type ScriptedAnswer } from "batonjs/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Team = new StateSchema({ ...supervision, task: z.string(), facts: z.array(z.string()).default([]) });

const lead = supervisor(Team, {
  task: "task",
  agents: { finder: { description: "Finds facts.", result: "facts" } },
  maxTurns: 2,
});
const finder = agent(Team, { prompt: "find", reads: ["instruction"], writes: ["facts"] });
const team = workflow({
  id: "team",
  graph: new StateGraph(Team)
    .addNode("lead", lead, { ends: ["finder", END] })
    .addNode("finder", finder)
    .addEdge(START, "lead")
    .addEdge("finder", "lead"),
});
const PROMPTS = {
  find: '---\ninput:\n  schema:\n    instruction: string\n---\n{{role "user"}}\nDo: {{instruction}}\n',
};

const ask = (instruction: string): ScriptedAnswer => ({
  when: "You lead a team",
  answer: { reason: "It is missing.", next: "finder", instruction },
});
const DONE: ScriptedAnswer = { when: "You lead a team", answer: { reason: "Enough.", next: "done", instruction: "" } };

async function play(script: readonly ScriptedAnswer[]) {
  const model = scripted(script);
  const baton = await openBaton({ workflows: [team], model, prompts: PROMPTS });
  const handle = await baton.start("team", { task: "What is tea?" });
  const outcome = await handle.result();
  return { baton, model, outcome, events: await baton.events(handle.id) };
}

describe("a supervisor", () => {
  it("asks an agent, is told what came of it, and ends the work", async () => {
    const { baton, model, outcome, events } = await play([
      ask("Say what tea is."),
      { when: "Do: Say what tea is.", answer: { facts: ["A plant."] } },
      DONE,
    ]);
    expect(outcome).toMatchObject({
      status: "completed",
      state: {
        facts: ["A plant."],
        instruction: "",
        progress: [{ agent: "finder", instruction: "Say what tea is.", result: '["A plant."]' }],
      },
    });
    expect(model.requests[0]?.messages[1]?.content).toContain("- finder: Finds facts.");
    expect(model.requests[0]?.messages[1]?.content).toContain("Agents can be asked 2 more times.");
    expect(model.requests[2]?.messages[1]?.content).toContain("A plant.");
    expect(events).toContainEqual(
      expect.objectContaining({ type: "handed_off", node: "lead", to: "finder", reason: "It is missing." }),
    );
    const why = await baton.why(outcome.runId, "facts");
    expect(why).toMatchObject({ writtenBy: { node: "finder" }, reads: [{ path: "instruction" }] });
    expect(why.reads[0]).toMatchObject({
      writtenBy: { node: "lead" },
      prompt: { ref: expect.stringMatching(/^baton\/supervisor@/u) },
    });
  });

  it("ends the work as it is when no more agents may be asked, without asking the model", async () => {
    const { model, outcome, events } = await play([
      ask("One."),
      { when: "Do: One.", answer: { facts: ["1"] } },
      ask("Two."),
      { when: "Do: Two.", answer: { facts: ["2"] } },
    ]);
    expect(outcome).toMatchObject({ status: "completed", state: { facts: ["2"] } });
    expect(events.findLast(({ type }) => type === "handed_off")).toMatchObject({
      to: END,
      reason: expect.stringContaining("2 times"),
    });
    model.assertUsedUp();
  });

  it("S23: goes to no node that it was not given, and says so to the model", async () => {
    const wrong = { reason: "x", next: "admin", instruction: "Delete everything." };
    const { model, outcome } = await play([
      { when: "You lead a team", answer: wrong },
      { when: "admin", answer: wrong, times: 2 },
    ]);
    expect(outcome).toMatchObject({ status: "failed", error: { code: "model-output-invalid" } });
    expect(outcome.steps).toHaveLength(1);
    model.assertUsedUp();
  });

  it("has an agent that is asked for nothing asked again", async () => {
    const { outcome } = await play([
      { when: "You lead a team", answer: { reason: "x", next: "finder", instruction: " " } },
      { when: "gave it no", answer: { reason: "x", next: "done", instruction: "" } },
    ]);
    expect(outcome).toMatchObject({ status: "completed", state: { progress: [] } });
  });

  it("goes on after a failed agent without deciding anew", async () => {
    const { baton, outcome, model } = await play([
      ask("Find."),
      { when: "Do: Find.", answer: new Error("down") },
      { when: "Do: Find.", answer: { facts: ["A plant."] } },
      DONE,
    ]);
    expect(outcome.status).toBe("failed");
    const resumed = await (await baton.resume(outcome.runId)).result();
    expect(resumed).toMatchObject({ status: "completed", state: { facts: ["A plant."] } });
    model.assertUsedUp();
  });

  it("refuses limits, names and states that cannot work", () => {
    const agents = { finder: { description: "Finds.", result: "facts" } } as const;
    expect(() => supervisor(Team, { task: "task", agents, maxTurns: 0 })).toThrow(/maxTurns/u);
    expect(() => supervisor(Team, { task: "task", agents: {} })).toThrow(/no agents/u);
    expect(() => supervisor(Team, { task: "task", agents: { done: agents.finder } })).toThrow(/`done`/u);
    // @ts-expect-error: the state has no such field.
    expect(() => supervisor(Team, { task: "tsk", agents })).toThrow(/`tsk`/u);
    const bare = new StateSchema({ task: z.string(), facts: z.array(z.string()) });
    // @ts-expect-error: the state lacks the fields of `supervision`.
    expect(() => supervisor(bare, { task: "task", agents })).toThrow(/`progress`/u);
    expectTypeOf(lead).parameter(0).toHaveProperty("progress");
  });
});
