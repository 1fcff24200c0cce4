import type { LinkedTemplate, TemplateNode } from "./template-node.ts";

/** The text of the template itself, as long as it can get when every value is empty: of two branches the longer one, loops once, partials included. */
export function ownText(template: LinkedTemplate): string {
  return textOf(template.nodes, template, new Map());
}

/** More than any prompt file holds: partials that include partials multiply. */
const LONGEST = 2_000_000;

function textOf(
  nodes: readonly TemplateNode[],
  template: LinkedTemplate,
  partials: Map<LinkedTemplate, string>,
): string {
  let text = "";
  for (const node of nodes) {
    if (text.length > LONGEST) return text;
    text += own(node, template, partials);
  }
  return text;
}

function own(node: TemplateNode, template: LinkedTemplate, partials: Map<LinkedTemplate, string>): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "print":
    case "json":
    case "role":
      return "";
    case "choice":
    case "each":
    case "with": {
      const [body, otherwise] = [node.body, node.otherwise].map((nodes) => textOf(nodes, template, partials));
      return (body ?? "").length >= (otherwise ?? "").length ? (body ?? "") : (otherwise ?? "");
    }
    case "partial": {
      const partial = template.partials.get(node.name);
      // Linking has refused partials that do not exist.
      if (partial === undefined) return "";
      const known = partials.get(partial) ?? textOf(partial.nodes, partial, partials);
      partials.set(partial, known);
      return known;
    }
  }
}
