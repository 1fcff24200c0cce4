import type { GraphSource } from "./workflow.ts";

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** True when a router decides whether it is taken. */
  readonly conditional: boolean;
}

/** All edges a graph can take, as far as its builder knows them: a router without declared targets can reach every node. */
export function edgesOf(graph: Omit<GraphSource, "compile">): readonly GraphEdge[] {
  const plain = [...graph.edges].map(([from, to]) => ({ from, to, conditional: false }));
  const joins = [...graph.waitingEdges].flatMap(([sources, to]) =>
    sources.map((from) => ({ from, to, conditional: false })),
  );
  const routed = Object.entries(graph.branches).flatMap(([from, branches]) =>
    Object.values(branches).flatMap(({ ends }) =>
      targetsOf(graph, from, ends).map((to) => ({ from, to, conditional: true })),
    ),
  );
  const jumps = Object.entries(graph.nodes).flatMap(([from, { ends }]) =>
    (ends ?? []).map((to) => ({ from, to, conditional: true })),
  );
  return [...plain, ...joins, ...routed, ...jumps];
}

function targetsOf(
  graph: Pick<GraphSource, "nodes">,
  from: string,
  ends: Readonly<Record<string, string>> | undefined,
): readonly string[] {
  return ends === undefined
    ? Object.keys(graph.nodes).filter((name) => name !== from)
    : [...new Set(Object.values(ends))];
}
