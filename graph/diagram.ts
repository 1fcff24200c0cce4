import type { Workflow } from "./workflow.ts";

/** A workflow as pictures show it, whatever the format. */
export interface Diagram {
  readonly title: string;
  /** Start first, end last, the others in the order in which a run can first reach them. */
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

export interface DiagramNode {
  readonly name: string;
  readonly kind: "start" | "end" | "agent" | "node" | "workflow" | "function";
  /** Id of the workflow that the node is, where it is one. */
  readonly workflow?: string;
  /** Empty for a plain function, whose reads and writes nobody knows. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Memory layers an agent recalls from. */
  readonly layers: readonly string[];
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  /** True when a router decides whether it is taken. */
  readonly conditional: boolean;
}

const START = "__start__";
const END = "__end__";
const NAMES: Readonly<Record<string, string>> = { [START]: "start", [END]: "end" };

/** Makes the neutral model that all formats draw: deterministic, each edge once. */
export function diagramOf(workflow: Pick<Workflow, "id" | "edges" | "nodes">): Diagram {
  const edges = distinct(workflow.edges).map(({ from, to, conditional }) => ({
    from: shown(from),
    to: shown(to),
    conditional,
  }));
  const inner = workflow.nodes
    .filter(({ name }) => !(name in NAMES))
    .map(({ name, rights }): DiagramNode => ({
      name,
      kind: rights?.kind ?? "function",
      reads: rights?.reads ?? [],
      writes: rights?.writes ?? [],
      layers: rights?.layers ?? [],
      ...(rights?.workflow === undefined ? {} : { workflow: rights.workflow }),
    }));
  return { title: workflow.id, nodes: [terminal("start"), ...ordered(inner, edges), terminal("end")], edges };
}

function shown(name: string): string {
  return NAMES[name] ?? name;
}

function terminal(kind: "start" | "end"): DiagramNode {
  return { name: kind, kind, reads: [], writes: [], layers: [] };
}

/** A plain edge wins over a conditional one between the same nodes: it is always taken. */
function distinct(edges: readonly DiagramEdge[]): readonly DiagramEdge[] {
  const byEnds = new Map<string, DiagramEdge>();
  for (const edge of edges) {
    const key = `${edge.from}\n${edge.to}`;
    if (byEnds.get(key)?.conditional !== false) byEnds.set(key, edge);
  }
  return [...byEnds.values()];
}

/** Reverse postorder of a depth-first walk: a node comes after all that lead to it, save where the graph loops back. */
function ordered(nodes: readonly DiagramNode[], edges: readonly DiagramEdge[]): readonly DiagramNode[] {
  const seen = new Set<string>();
  const finished: string[] = [];
  function visit(name: string): void {
    if (seen.has(name)) return;
    seen.add(name);
    // The last sibling is walked first, so that the first one comes first in the reversed order.
    for (const { to } of edges.filter(({ from }) => from === name).toReversed()) visit(to);
    finished.push(name);
  }
  visit("start");
  const rank = new Map(finished.toReversed().map((name, index) => [name, index]));
  const rankOf = ({ name }: DiagramNode): number => rank.get(name) ?? nodes.length + 2;
  return nodes.toSorted((one, other) => rankOf(one) - rankOf(other));
}
