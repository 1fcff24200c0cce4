import { setTimeout as delay } from "node:timers/promises";

import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, workflow } from "batonjs";
import { z } from "zod";

const STEPS = 20;

const Steps = new StateSchema({
  /** How long each step takes. */
  seconds: z.number().min(0).max(60).default(1),
  log: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  result: z.string().default(""),
});

/** The node of one step: it takes its time, and notes which process did it. */
function slowNode(number: number) {
  return node(Steps, { reads: ["seconds"], writes: ["log"] }, async ({ seconds }, { signal }) => {
    await delay(seconds * 1000, undefined, signal === undefined ? {} : { signal });
    return { log: [`step ${number} was done by process ${process.pid}`] };
  });
}

const report = node(Steps, { reads: ["log"], writes: ["result"] }, ({ log }) => ({ result: log.join("\n") }));

function build() {
  let graph: StateGraph<typeof Steps, typeof Steps.State, typeof Steps.Update, string> = new StateGraph(Steps);
  for (let number = 1; number <= STEPS; number += 1) graph = graph.addNode(`step-${number}`, slowNode(number));
  graph = graph.addNode("report", report).addEdge(START, "step-1");
  for (let number = 1; number < STEPS; number += 1) graph = graph.addEdge(`step-${number}`, `step-${number + 1}`);
  return graph.addEdge(`step-${STEPS}`, "report").addEdge("report", END);
}

/** Twenty slow steps: something to kill and to resume. */
export const steps = workflow({ id: "steps", graph: build(), description: "Takes twenty slow steps, to be killed." });
