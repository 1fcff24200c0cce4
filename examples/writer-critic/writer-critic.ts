import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { z } from "zod";

const MOST_DRAFTS = 3;

export const Letter = new StateSchema({
  request: z.string(),
  /** What the letter may say. */
  facts: z.string().default(""),
  /** All drafts, oldest first. */
  drafts: new ReducedValue(z.array(z.string()).default([]), {
    // One draft at a time: what the writer writes is a text, what the state holds is a list.
    inputSchema: z.string(),
    reducer: (known, draft) => [...known, draft],
  }),
  criticism: z.string().default(""),
  verdict: z.enum(["send", "revise"]).default("revise"),
  result: z.string().default(""),
});

const writer = agent(Letter, {
  prompt: "writer-critic/write",
  reads: ["request", "facts", "drafts", "criticism"],
  writes: ["drafts"],
});
const critic = agent(Letter, {
  prompt: "writer-critic/criticise",
  reads: ["request", "drafts"],
  writes: ["criticism", "verdict"],
});
const finish = node(Letter, { reads: ["drafts"], writes: ["result"] }, ({ drafts }) => ({
  result: drafts.at(-1) ?? "",
}));

/** The bound stands in the router, not in a prompt: no model can talk the loop into going on. */
const graph = new StateGraph(Letter)
  .addNode("writer", writer)
  .addNode("critic", critic)
  .addNode("finish", finish)
  .addEdge(START, "writer")
  .addEdge("writer", "critic")
  .addConditionalEdges(
    "critic",
    ({ verdict, drafts }) => (verdict === "revise" && drafts.length < MOST_DRAFTS ? "writer" : "finish"),
    ["writer", "finish"],
  )
  .addEdge("finish", END);

export const writerCritic = workflow({
  id: "writer-critic",
  graph,
  description: "Writes a letter in at most 3 drafts.",
});
