import { START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, type Baton, type MemoryItem, node, type NodeTools, workflow, type Workflow } from "batonjs";
import { z } from "zod";

import { DEFAULT_TENANT } from "../../core/ids.ts";
import { sessionArchive } from "../../memory/archive.ts";
import { edge } from "./crash-counter.ts";

const Talk = new StateSchema({
  said: z.string().default("Walnuts are harvested in autumn."),
  reply: z.string().default(""),
});

/** Two of these are more than a session holds: the first leaves it for the archive. */
const LONG = "Walnut oil is dear. ".repeat(1_000);

export const REMEMBERING = "remembering";

/** The run has come to its end; what happens from here on belongs to the test. */
export const LOOKING_BACK = "looking back";

/** A workflow whose node and agent remember in both layers, more than the session holds. */
export function remembering(): Workflow {
  const listener = node(Talk, { reads: ["said"], writes: [] }, async ({ said }, tools) => {
    await keep("session", tools, [itemOf(tools, "said", said)]);
    await keep("session", tools, [itemOf(tools, "one", `One. ${LONG}`)]);
    await keep("session", tools, [itemOf(tools, "two", `Two. ${LONG}`)]);
    await keep("vector", tools, [itemOf(tools, "nuts", "Walnuts are nuts."), itemOf(tools, "trees", "Trees grow.")]);
    return {};
  });
  const memory = { layers: ["context"], remember: "session" } as const;
  const writer = agent(Talk, { prompt: "remembering", reads: ["said"], writes: ["reply"], memory });
  const graph = new StateGraph(Talk)
    .addNode("listener", listener)
    .addNode("writer", writer)
    .addEdge(START, "listener")
    .addEdge("listener", "writer");
  return workflow({ id: REMEMBERING, graph });
}

async function keep(layer: "session" | "vector", tools: NodeTools, items: readonly MemoryItem[]): Promise<void> {
  const what = items.map(({ text }) => text.slice(0, 12)).join(" and ");
  await edge(tools.run.id, `before remembering ${what}`);
  await tools.memory.remember(layer, items, layer === "vector" ? tools.run.id : undefined);
  await edge(tools.run.id, `after remembering ${what}`);
}

function itemOf({ run }: NodeTools, name: string, text: string): MemoryItem {
  return { id: `${run.id}: ${name}`, text, group: run.id, order: 0, time: Date.now(), meta: {} };
}

/** The beginnings of all texts that a run left in its session, in the archive of that and in its own namespace. */
export async function rememberedBy({ memory }: Baton, run: string): Promise<readonly string[]> {
  const items = await Promise.all([
    memory.session.list({ tenant: DEFAULT_TENANT, namespace: run }),
    memory.vector.list({ tenant: DEFAULT_TENANT, namespace: sessionArchive(run) }),
    memory.vector.list({ tenant: DEFAULT_TENANT, namespace: run }),
  ]);
  return items
    .flat()
    .map(({ text }) => text.slice(0, 60))
    .toSorted();
}
