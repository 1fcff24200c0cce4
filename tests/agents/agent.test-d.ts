import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { z } from "zod";

// Every mistake below must stay a compile error: a row whose error goes away fails `tsc`.

const Ticket = new StateSchema({
  question: z.string(),
  findings: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
  reply: z.string().default(""),
  decision: z.enum(["send", "rewrite"]).default("rewrite"),
});

const searcher = agent(Ticket, {
  prompt: "ticket/search",
  reads: ["question"],
  writes: ["findings"],
  memory: { layers: ["session", "vector"] },
});
const author = agent(Ticket, { prompt: "ticket/reply", reads: ["question", "findings"], writes: ["reply"] });
const reviewer = agent(Ticket, { prompt: "ticket/review", reads: ["reply"], writes: ["decision"] });

const graph = new StateGraph(Ticket)
  .addNode("searcher", searcher)
  .addNode("author", author, { retryPolicy: { maxAttempts: 3 } })
  .addNode("reviewer", reviewer)
  .addEdge(START, "searcher")
  .addEdge("searcher", "author")
  .addEdge("author", "reviewer")
  .addConditionalEdges("reviewer", ({ decision }) => (decision === "rewrite" ? "author" : END), ["author", END]);

/** An exported workflow must be nameable in a declaration file (TS2883 for a compiled graph). */
export const ticket = workflow({ id: "ticket", graph });

// @ts-expect-error: unknown field in `reads`
agent(Ticket, { prompt: "ticket/search", reads: ["qestion"], writes: ["findings"] });

// @ts-expect-error: unknown field in `writes`
agent(Ticket, { prompt: "ticket/search", reads: ["question"], writes: ["finding"] });

// @ts-expect-error: unknown memory layer
agent(Ticket, { prompt: "ticket/search", reads: ["question"], writes: ["findings"], memory: { layers: ["redis"] } });

agent(Ticket, {
  prompt: "ticket/search",
  reads: ["question"],
  writes: ["findings"],
  // @ts-expect-error: the memory query sees only `reads`
  memory: { layers: ["vector"], query: (state) => state.reply },
});

// @ts-expect-error: unknown node in an edge
new StateGraph(Ticket).addNode("searcher", searcher).addEdge(START, "seacher");

new StateGraph(Ticket)
  .addNode("reviewer", reviewer)
  .addEdge(START, "reviewer")
  // @ts-expect-error: unknown field in a router
  .addConditionalEdges("reviewer", ({ verdict }) => (verdict === "rewrite" ? "reviewer" : END), ["reviewer", END]);

new StateGraph(Ticket)
  .addNode("reviewer", reviewer)
  .addEdge(START, "reviewer")
  // @ts-expect-error: unknown target of a router
  .addConditionalEdges("reviewer", ({ decision }) => (decision === "rewrite" ? "author" : END), ["author", END]);

node(Ticket, { reads: ["question"], writes: ["reply"] }, async ({ question }) => ({ reply: question }));

// @ts-expect-error: wrong type of a written field
node(Ticket, { reads: ["question"], writes: ["reply"] }, async () => ({ reply: 1 }));

// @ts-expect-error: a node sees only `reads`
node(Ticket, { reads: ["question"], writes: ["reply"] }, async ({ decision }) => ({ reply: decision }));

// @ts-expect-error: unknown field in a node's `writes`
node(Ticket, { reads: ["question"], writes: ["replies"] }, async () => ({}));

// @ts-expect-error: a workflow needs a graph, not a compiled one's state
workflow({ id: "ticket", graph: Ticket });
