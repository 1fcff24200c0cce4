import { END, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { z } from "zod";

const Document = z.object({ title: z.string(), text: z.string() });

export const Digest = new StateSchema({
  question: z.string(),
  documents: z.array(Document).min(1).max(50),
  /** The one that a summariser was sent. */
  document: Document.optional(),
  summaries: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  answer: z.string().default(""),
});

const split = node(Digest, { reads: [], writes: [] }, () => ({}));
const summariser = agent(Digest, {
  prompt: "map-reduce/summarise",
  reads: ["question", "document"],
  writes: ["summaries"],
});
const reducer = agent(Digest, { prompt: "map-reduce/answer", reads: ["question", "summaries"], writes: ["answer"] });

/** One summariser for each document, side by side; their summaries come together in the order of the documents. */
const graph = new StateGraph(Digest)
  .addNode("split", split)
  .addNode("summariser", summariser, { retryPolicy: { maxAttempts: 3 } })
  .addNode("reducer", reducer)
  .addEdge(START, "split")
  .addConditionalEdges(
    "split",
    // What is sent is all that the summariser sees: its document, not the others.
    ({ question, documents }) => documents.map((document) => new Send("summariser", { question, document })),
    ["summariser"],
  )
  .addEdge("summariser", "reducer")
  .addEdge("reducer", END);

export const mapReduce = workflow({ id: "map-reduce", graph, description: "Answers a question from many documents." });
