import type { Diagram, DiagramNode } from "./diagram.ts";

/** Draws a workflow as Mermaid text, as GitHub and many editors render it. */
export function toMermaid(diagram: Diagram): string {
  const ids = new Map(diagram.nodes.map(({ name }, index) => [name, `n${index}`]));
  const nodes = diagram.nodes.map((node) => `  ${ids.get(node.name)}${shape(node)}`);
  const edges = diagram.edges.map(
    ({ from, to, conditional }) => `  ${ids.get(from)} ${conditional ? "-.->" : "-->"} ${ids.get(to)}`,
  );
  return ["flowchart TD", ...nodes, ...edges].join("\n");
}

function shape(node: DiagramNode): string {
  const label = escape(node.name);
  switch (node.kind) {
    case "start":
    case "end":
      return `(["${label}"])`;
    case "agent":
      return `["<b>${label}</b>${rights(node)}"]`;
    case "node":
    case "workflow":
    case "function":
      return `[["<b>${label}</b>${rights(node)}"]]`;
    default:
      return node.kind satisfies never;
  }
}

function rights({ kind, reads, writes, layers, workflow }: DiagramNode): string {
  if (kind === "function") return "";
  const memory = layers.length === 0 ? "" : `<br/>memory: ${escape(layers.join(", "))}`;
  const inner = workflow === undefined ? "" : `<br/>workflow ${escape(workflow)}`;
  return `${inner}<br/>${escape(list(reads))} → ${escape(list(writes))}${memory}`;
}

function list(fields: readonly string[]): string {
  return fields.length === 0 ? "–" : fields.join(", ");
}

/** Node and field names are any text; in a quoted Mermaid label these characters are written as entities. */
function escape(text: string): string {
  return text.replace(/[&"<>#;`]/gu, (character) => `#${character.codePointAt(0)};`);
}
