import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";

import { node, workflow } from "../../index.ts";

/** What the test and the program that hangs have to agree on. */
export const HUNG = { run: "hung", leaseMs: 2_000, nodeTimeoutMs: 1_000 } as const;

const Count = new StateSchema({ count: z.number().default(0) });

/** A workflow of one node that does this and nothing else. */
export function hanging(work: () => Promise<void>) {
  const only = node(Count, { reads: [], writes: ["count"] }, async () => {
    await work();
    return { count: 1 };
  });
  const graph = new StateGraph(Count).addNode("only", only).addEdge(START, "only").addEdge("only", END);
  return workflow({ id: "hanging", graph, nodeTimeoutMs: HUNG.nodeTimeoutMs });
}
