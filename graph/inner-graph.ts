import type { GraphSource, Workflow } from "./workflow.ts";

/** A graph that stands as a node in another one. */
export interface InnerGraph {
  readonly graph: Omit<GraphSource, "compile">;
  /** Present where the node is a workflow made by `subworkflow()`. */
  readonly entry?: WorkflowEntry;
}

/** What leads into a workflow that is a node of another one, and out of it again. */
export interface WorkflowEntry {
  readonly workflow: Workflow;
  /** Fields of the inner workflow, each with the outer field it begins with. */
  readonly reads: Readonly<Record<string, string>>;
  /** Outer fields, each with the field of the inner workflow whose final value it is given. */
  readonly writes: Readonly<Record<string, string>>;
}

/** The graph inside a node; undefined for every other node. `node` is what LangGraph keeps of it. */
export function innerGraphOf(node: unknown): InnerGraph | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  // LangGraph keeps the node's own function, and in a compiled graph the builder it was made from.
  if ("func" in node && typeof node.func === "function" && "entry" in node.func && isEntry(node.func.entry)) {
    const { entry } = node.func;
    return { graph: entry.workflow.graph, entry };
  }
  return "builder" in node && isGraph(node.builder) ? { graph: node.builder } : undefined;
}

function isEntry(value: unknown): value is WorkflowEntry {
  return typeof value === "object" && value !== null && "workflow" in value && "reads" in value && "writes" in value;
}

/** What has nodes, edges and branches and was compiled is a StateGraph; GraphSource names the parts of it that are read. */
function isGraph(value: unknown): value is GraphSource {
  const parts = ["nodes", "edges", "branches", "waitingEdges", "channels"];
  return typeof value === "object" && value !== null && parts.every((part) => part in value);
}
