import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, subworkflow, workflow } from "batonjs";
import { z } from "zod";

import { pipeline } from "../pipeline/pipeline.ts";

export const Newsletter = new StateSchema({
  subject: z.string(),
  notes: z.string().default(""),
  text: z.string().default(""),
  teaser: z.string().default(""),
});

/** The whole `pipeline` workflow as one node: `subject` goes in as its `topic`, `notes` under their own name; its `article` comes out as `text`. */
const article = subworkflow(Newsletter, pipeline, {
  reads: { topic: "subject", notes: "notes" },
  writes: { text: "article" },
});
const announcer = agent(Newsletter, { prompt: "newsletter/teaser", reads: ["text"], writes: ["teaser"] });

const graph = new StateGraph(Newsletter)
  .addNode("article", article)
  .addNode("announcer", announcer)
  .addEdge(START, "article")
  .addEdge("article", "announcer")
  .addEdge("announcer", END);

export const newsletter = workflow({
  id: "newsletter",
  graph,
  description: "A workflow that runs another one as a node.",
});
