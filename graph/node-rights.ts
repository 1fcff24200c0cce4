import type { NodeRights } from "../agents/rights.ts";
import { innerGraphOf } from "./inner-graph.ts";

/** LangGraph keeps the node's own function, so what an agent declared is found without running it. */
export function rightsOf(runnable: unknown): NodeRights | undefined {
  if (typeof runnable !== "object" || runnable === null || !("func" in runnable)) return undefined;
  const { func } = runnable;
  return typeof func === "function" && "rights" in func && isRights(func.rights) ? func.rights : undefined;
}

function isRights(value: unknown): value is NodeRights {
  return typeof value === "object" && value !== null && "kind" in value && "reads" in value && "writes" in value;
}

interface NodesOf {
  readonly nodes: Readonly<Record<string, { readonly runnable?: unknown }>>;
}

/** The rights of a node, by its path through graphs that stand as nodes in others; undefined for a plain function. */
export function rightsAt(graph: NodesOf, [name = "", ...inner]: readonly string[]): NodeRights | undefined {
  const runnable = graph.nodes[name]?.runnable;
  if (inner.length === 0) return rightsOf(runnable);
  const below = innerGraphOf(runnable);
  return below === undefined ? undefined : rightsAt(below.graph, inner);
}
