import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, workflow } from "batonjs";
import { z } from "zod";

export const Brief = new StateSchema({
  topic: z.string(),
  facts: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
  draft: z.string().default(""),
  verdict: z.enum(["approve", "revise"]).default("revise"),
});

const researcher = agent(Brief, {
  prompt: "brief/research",
  reads: ["topic"],
  writes: ["facts"],
  memory: { layers: ["session", "vector"] },
});
const writer = agent(Brief, { prompt: "brief/write", reads: ["topic", "facts"], writes: ["draft"] });
const critic = agent(Brief, { prompt: "brief/critique", reads: ["draft"], writes: ["verdict"] });

const graph = new StateGraph(Brief)
  .addNode("researcher", researcher)
  .addNode("writer", writer, { retryPolicy: { maxAttempts: 3 } })
  .addNode("critic", critic)
  .addEdge(START, "researcher")
  .addEdge("researcher", "writer")
  .addEdge("writer", "critic")
  .addConditionalEdges("critic", ({ verdict }) => (verdict === "revise" ? "writer" : END), ["writer", END]);

export const brief = workflow({ id: "brief", graph });
