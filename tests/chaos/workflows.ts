import { DeltaValue, END, interrupt, ReducedValue, Send, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, type NodeTools, workflow, type Workflow } from "batonjs";
import { z } from "zod";

import { edge } from "./crash-counter.ts";
import type { Ledger } from "./ledger.ts";

const Work = new StateSchema({
  /** The task of a parallel step. */
  item: z.number().int().default(0),
  sum: z.number().int().default(0),
  done: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  log: new DeltaValue(z.array(z.string()).default([]), {
    reducer: (known: string[], added: string[][]) => [...known, ...added.flat()],
    snapshotFrequency: 7,
  }),
  decision: z.string().default(""),
});

const READS = ["item", "sum", "decision"] as const;
const WRITES = ["sum", "done", "log", "decision"] as const;

export const WORKLOADS = ["linear", "fan-out", "interrupt"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** The three workflows of the crash points. Every node makes a call, some make one that must not happen twice; the ledger counts them. */
export function workloads(ledger: Ledger): readonly Workflow[] {
  const task = taskNotedIn(ledger);
  return [linear(task), fanOut(task), asking(task)];
}

type Task = ReturnType<typeof taskNotedIn>;

interface Place {
  readonly step: number;
  /** How the effect that must not happen twice is settled after a crash, if there is one. */
  readonly once?: "reconciled" | "asked";
  readonly also?: () => { readonly decision?: string };
}

function taskNotedIn(ledger: Ledger) {
  function effect(kind: "idempotent" | "once", name: string, tools: NodeTools) {
    return async (key: string): Promise<string> => {
      await edge(tools.run.id, `before ${kind} effect ${name}`);
      ledger.note(tools.run.id, { what: "effect", kind, name, key });
      await edge(tools.run.id, `after ${kind} effect ${name}`);
      return `result of ${name}`;
    };
  }

  async function act(tools: NodeTools, name: string, once: Place["once"]): Promise<void> {
    await tools.call("count", { name }, effect("idempotent", name, tools));
    if (once === undefined) return;
    const happened = (key: string): boolean =>
      ledger.read(tools.run.id).some((entry) => entry.what === "effect" && entry.key === key);
    const reconcile = async (key: string) =>
      happened(key) ? ({ outcome: "done", result: `result of ${name}` } as const) : ({ outcome: "not_done" } as const);
    await tools.once("send", { name }, effect("once", name, tools), ...(once === "reconciled" ? [{ reconcile }] : []));
  }

  return (name: string, { step, once, also }: Place) =>
    node(Work, { reads: READS, writes: WRITES }, async ({ item, sum }, tools) => {
      const task = item === 0 ? name : `${name}-${item}`;
      await edge(tools.run.id, `enter ${task}`);
      if (also === undefined) ledger.note(tools.run.id, { what: "entered", step, task });
      await act(tools, task, once);
      const more = also?.() ?? {};
      // A node that asks is entered again with the answer; that is no repetition.
      if (also !== undefined) ledger.note(tools.run.id, { what: "entered", step, task });
      ledger.note(tools.run.id, { what: "left", step, task });
      await edge(tools.run.id, `leave ${task}`);
      // Parallel tasks may not write the same plain field.
      return { done: [task], log: [task], ...(item === 0 ? { sum: sum + step } : {}), ...more };
    });
}

const LINEAR_STEPS = 20;

function linear(task: Task): Workflow {
  let graph: StateGraph<typeof Work, typeof Work.State, typeof Work.Update, string> = new StateGraph(Work);
  for (let step = 1; step <= LINEAR_STEPS; step += 1) {
    const place: Place = step % 5 === 0 ? { step, once: "reconciled" } : { step };
    graph = graph.addNode(`step-${step}`, task(`step-${step}`, place));
  }
  graph = graph.addEdge(START, "step-1");
  for (let step = 1; step < LINEAR_STEPS; step += 1) graph = graph.addEdge(`step-${step}`, `step-${step + 1}`);
  return workflow({ id: "linear", graph: graph.addEdge(`step-${LINEAR_STEPS}`, END) });
}

const PARALLEL_TASKS = [1, 2, 3, 4, 5, 6];

function fanOut(task: Task): Workflow {
  const graph = new StateGraph(Work)
    .addNode("start", task("start", { step: 1 }))
    .addNode("part", task("part", { step: 2, once: "reconciled" }))
    .addNode("join", task("join", { step: 3 }))
    .addNode("close", task("close", { step: 4, once: "reconciled" }))
    .addEdge(START, "start")
    .addConditionalEdges(
      "start",
      () => PARALLEL_TASKS.map((item) => new Send("part", { item, sum: 0, decision: "" })),
      ["part"],
    )
    .addEdge("part", "join")
    .addEdge("join", "close")
    .addEdge("close", END);
  return workflow({ id: "fan-out", graph });
}

function asking(task: Task): Workflow {
  const graph = new StateGraph(Work)
    .addNode("draft", task("draft", { step: 1 }))
    .addNode("approval", task("approval", { step: 2, also: () => ({ decision: String(interrupt("Send it?")) }) }))
    .addNode("send", task("send", { step: 3, once: "asked" }))
    .addNode("close", task("close", { step: 4 }))
    .addEdge(START, "draft")
    .addEdge("draft", "approval")
    .addEdge("approval", "send")
    .addEdge("send", "close")
    .addEdge("close", END);
  return workflow({ id: "interrupt", graph });
}
