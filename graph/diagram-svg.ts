import type { Graph } from "@viz-js/viz";

import type { Diagram, DiagramNode } from "./diagram.ts";

/** Draws a workflow as an SVG picture: no server, no browser, no fonts from elsewhere; the same workflow gives the same bytes. */
export async function toSvg(diagram: Diagram): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  return finish(viz.renderString(toGraphviz(diagram), { format: "svg" }), diagram.title);
}

/** The face whose widths Graphviz knows without the font; the picture names its relatives too. */
const MEASURED_FONT = "Arial";
const FONT_FAMILY = "Helvetica, Arial, sans-serif";
const INK = "#1f2937";
const FAINT = "#6b7280";
/** Readable on a light and on a dark page. */
const LINE = "#8a94a6";
const FILLS = { agent: "#e8edff", node: "#eef7ee", workflow: "#fdf3e1", function: "#f3f4f6" } as const;
const BORDERS = { agent: "#6478d3", node: "#5b9a68", workflow: "#c58b2a", function: "#9ca3af" } as const;

function toGraphviz(diagram: Diagram): Graph {
  return {
    directed: true,
    graphAttributes: {
      rankdir: "TB",
      bgcolor: "transparent",
      pad: 0.15,
      nodesep: 0.45,
      ranksep: 0.42,
      fontname: MEASURED_FONT,
    },
    nodeAttributes: {
      fontname: MEASURED_FONT,
      fontsize: 13,
      fontcolor: INK,
      shape: "box",
      style: "rounded,filled",
      margin: "0.16,0.09",
      penwidth: 1.2,
    },
    edgeAttributes: { color: LINE, penwidth: 1.4, arrowsize: 0.75 },
    nodes: diagram.nodes.map((node) => ({ name: node.name, attributes: attributesOf(node) })),
    edges: diagram.edges.map(({ from, to, conditional }) => ({
      tail: from,
      head: to,
      attributes: conditional ? { style: "dashed" } : {},
    })),
  };
}

function attributesOf(node: DiagramNode): NonNullable<NonNullable<Graph["nodes"]>[number]["attributes"]> {
  switch (node.kind) {
    case "start":
    case "end":
      return {
        shape: "oval",
        style: "filled",
        fillcolor: "#374151",
        color: LINE,
        fontcolor: "#ffffff",
        fontsize: 12,
        margin: "0.12,0.03",
        height: 0.32,
        label: node.name,
      };
    case "agent":
    case "node":
    case "workflow":
    case "function":
      return { fillcolor: FILLS[node.kind], color: BORDERS[node.kind], label: { html: card(node) } };
    default:
      return node.kind satisfies never;
  }
}

/** Name in bold, below it what the node reads and writes, then the memory it recalls from. */
function card({ name, kind, reads, writes, layers, workflow }: DiagramNode): string {
  const lines = [`<b>${escape(name)}</b>`];
  const small = (text: string): string => `<font point-size="10.5" color="${FAINT}">${text}</font>`;
  if (workflow !== undefined) lines.push(small(`workflow ${escape(workflow)}`));
  if (kind !== "function") lines.push(small(`${wrapped(reads)}&#160;→ <font color="${INK}">${wrapped(writes)}</font>`));
  if (layers.length > 0) lines.push(small(`memory: ${escape(layers.join(", "))}`));
  return `<table border="0" cellborder="0" cellspacing="0" cellpadding="1">${lines.map((line) => `<tr><td>${line}</td></tr>`).join("")}</table>`;
}

const FIELDS_PER_LINE = 4;

function wrapped(fields: readonly string[]): string {
  if (fields.length === 0) return "–";
  const lines = fields.flatMap((_, index) =>
    index % FIELDS_PER_LINE === 0
      ? [
          fields
            .slice(index, index + FIELDS_PER_LINE)
            .map(escape)
            .join(", "),
        ]
      : [],
  );
  return lines.join(",<br/>");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Graphviz writes a comment with its version and titles made of internal names: a reader gets one title, and no noise. */
function finish(svg: string, title: string): string {
  const body = svg
    .slice(svg.indexOf("<svg"))
    .replace(/<!--[\s\S]*?-->\n?/gu, "")
    .replace(/<title>[\s\S]*?<\/title>\n?/gu, "");
  return body
    .replaceAll(`font-family="${MEASURED_FONT}"`, `font-family="${FONT_FAMILY}"`)
    .replace(/(<svg[^>]*>)/u, `$1\n<title>Workflow ${escape(title)}</title>`);
}
