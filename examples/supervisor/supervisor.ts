import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, supervision, supervisor, tool, workflow } from "batonjs";
import { z } from "zod";

export const Team = new StateSchema({
  // `instruction` and `progress`: how a supervisor and its agents work together.
  ...supervision,
  task: z.string(),
  facts: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
  figures: z.array(z.object({ name: z.string(), value: z.number() })).default([]),
  answer: z.string().default(""),
});

const divide = tool({
  name: "divide",
  description: "Divides one number by another. Returns the quotient.",
  input: z.object({ dividend: z.number(), divisor: z.number() }),
  effect: "read",
  run: ({ dividend, divisor }) => dividend / divisor,
});

const lead = supervisor(Team, {
  task: "task",
  agents: {
    researcher: { description: "Knows facts. Needs a question that stands on its own.", result: "facts" },
    analyst: { description: "Calculates. Needs all numbers and what to do with them.", result: "figures" },
  },
  // Done with asking, it hands on to the one who writes.
  whenDone: "writer",
  maxTurns: 6,
});
const researcher = agent(Team, { prompt: "team/research", reads: ["instruction"], writes: ["facts"] });
const analyst = agent(Team, { prompt: "team/calculate", reads: ["instruction"], writes: ["figures"], tools: [divide] });
const writer = agent(Team, {
  prompt: "team/write",
  reads: ["task", "facts", "figures"],
  writes: ["answer"],
});

/** The supervisor decides who is next, as LangGraph's `Command`; those whom it leads go back to it. */
const graph = new StateGraph(Team)
  .addNode("lead", lead, { ends: ["researcher", "analyst", "writer"] })
  .addNode("researcher", researcher)
  .addNode("analyst", analyst)
  .addNode("writer", writer)
  .addEdge(START, "lead")
  .addEdge("researcher", "lead")
  .addEdge("analyst", "lead")
  .addEdge("writer", END);

export const team = workflow({ id: "team", graph, description: "A supervisor with two agents, and one who writes." });
