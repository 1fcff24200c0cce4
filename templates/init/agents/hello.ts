import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, workflow } from "batonjs";
import { z } from "zod";

const EXAMPLE = [
  "A relay team carries one baton from start to finish.",
  "Each runner runs one leg and hands the baton over in a marked zone.",
  "A team that drops the baton may pick it up and go on from the same place.",
  "The clock does not go back to zero, and the legs that were run are not run again.",
  "Baton treats agents like runners: each does its part, and a run that stops goes on where it stopped.",
].join(" ");

/** The state that both agents share. What an agent may read and write is said below. */
export const Hello = new StateSchema({
  text: z.string().default(EXAMPLE),
  points: z.array(z.string()).default([]),
  answer: z.string().default(""),
});

const reader = agent(Hello, { prompt: "hello/read", reads: ["text"], writes: ["points"] });
const writer = agent(Hello, { prompt: "hello/write", reads: ["points"], writes: ["answer"] });

const graph = new StateGraph(Hello)
  .addNode("reader", reader)
  .addNode("writer", writer)
  .addEdge(START, "reader")
  .addEdge("reader", "writer")
  .addEdge("writer", END);

export const hello = workflow({ id: "hello", graph, description: "Reads a text and says what it says." });
