import type { WorkflowShape } from "./shape.ts";

/**
 * The nodes a run can still come to from the given ones, themselves included. A plain function may go anywhere by a `Command` that
 * nothing declares: from one of those, every node can be reached.
 */
export function reachOf(shape: Omit<WorkflowShape, "fields">, from: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...from];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    waiting.push(...nextOf(shape, name));
  }
  return reached;
}

function nextOf({ nodes, edges }: Omit<WorkflowShape, "fields">, name: string): readonly string[] {
  const node = nodes[name];
  if (node !== undefined && node.rights === undefined && node.subgraph === undefined) return Object.keys(nodes);
  return edges.flatMap((edge) => (edge.from === name ? [edge.to] : []));
}
