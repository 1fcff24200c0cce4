import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { createPostgresSaver } from "batonjs/postgres";
import { z } from "zod";

const Counter = new StateSchema({ count: z.number().default(0) });

const graph = new StateGraph(Counter)
  .addNode("add", ({ count }) => ({ count: count + 1 }))
  .addEdge(START, "add")
  .addEdge("add", END);

/** Counts how often a thread was called; the count lies in PostgreSQL and outlives the process. */
export async function countUp(url: string, thread: string): Promise<number> {
  await using saver = await createPostgresSaver({ url });
  const app = graph.compile({ checkpointer: saver });
  const { count } = await app.invoke({}, { configurable: { thread_id: thread } });
  return count;
}
