import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, workflow } from "batonjs";
import { z } from "zod";

export const Article = new StateSchema({
  topic: z.string(),
  /** What is known of it: the article says nothing else. */
  notes: z.string().default(""),
  outline: z.array(z.string()).default([]),
  draft: z.string().default(""),
  article: z.string().default(""),
});

const planner = agent(Article, { prompt: "pipeline/outline", reads: ["topic", "notes"], writes: ["outline"] });
const writer = agent(Article, { prompt: "pipeline/draft", reads: ["topic", "outline"], writes: ["draft"] });
const editor = agent(Article, { prompt: "pipeline/edit", reads: ["draft"], writes: ["article"] });

/** One agent after the other: each sees what it names in `reads`, and hands on what it names in `writes`. */
const graph = new StateGraph(Article)
  .addNode("planner", planner)
  .addNode("writer", writer, { retryPolicy: { maxAttempts: 3 } })
  .addNode("editor", editor)
  .addEdge(START, "planner")
  .addEdge("planner", "writer")
  .addEdge("writer", "editor")
  .addEdge("editor", END);

export const pipeline = workflow({ id: "pipeline", graph, description: "Outlines, drafts and edits a short article." });
