import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, workflow } from "batonjs";
import { z } from "zod";

export const Proposal = new StateSchema({
  proposal: z.string(),
  benefits: z.array(z.string()).default([]),
  risks: z.array(z.string()).default([]),
  costs: z.array(z.string()).default([]),
  report: z.string().default(""),
});

const optimist = agent(Proposal, { prompt: "fan-out/benefits", reads: ["proposal"], writes: ["benefits"] });
const sceptic = agent(Proposal, { prompt: "fan-out/risks", reads: ["proposal"], writes: ["risks"] });
const accountant = agent(Proposal, { prompt: "fan-out/costs", reads: ["proposal"], writes: ["costs"] });
const judge = agent(Proposal, {
  prompt: "fan-out/judge",
  reads: ["proposal", "benefits", "risks", "costs"],
  writes: ["report"],
});

/** Three agents look at the same input in one step; each writes a field of its own, so none waits for or overwrites another. */
const graph = new StateGraph(Proposal)
  .addNode("optimist", optimist)
  .addNode("sceptic", sceptic)
  .addNode("accountant", accountant)
  .addNode("judge", judge)
  .addEdge(START, "optimist")
  .addEdge(START, "sceptic")
  .addEdge(START, "accountant")
  // A list of sources is a join: the judge runs once, when all three are done.
  .addEdge(["optimist", "sceptic", "accountant"], "judge")
  .addEdge("judge", END);

export const fanOut = workflow({ id: "fan-out", graph, description: "Judges a proposal from three sides at once." });
