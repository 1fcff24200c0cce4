import type { Diagram, DiagramEdge, DiagramNode } from "./diagram.ts";
import { createLineCanvas } from "./line-canvas.ts";

/**
 * Draws a workflow as text: the nodes from start to end, one below the other, with what they read and write. An edge to the next row
 * is a stem; every other edge runs through a lane on the right and ends at an arrow; `↺` marks a node that leads to itself. Dashed edges are taken when a router says so.
 */
export function toAscii(diagram: Diagram): string {
  const canvas = createLineCanvas();
  const rows = new Map(diagram.nodes.map(({ name }, index) => [name, index]));
  const loops = new Set(diagram.edges.filter(({ from, to }) => from === to).map(({ from }) => from));
  const label = (node: DiagramNode | undefined): string =>
    node === undefined ? "" : `${MARKS[node.kind]} ${node.name}${loops.has(node.name) ? " ↺" : ""}`;
  const spans = diagram.edges.filter(({ from, to }) => from !== to).flatMap((edge) => spanOf(edge, rows));
  const lanes = assignLanes(spans.filter(({ from, to }) => to !== from + 1));
  const base = Math.max(...diagram.nodes.map((node) => label(node).length)) + 1;
  const laneX = (column: number): number => base + 3 + 2 * column;
  const factsX = lanes.length === 0 ? base + 1 : laneX(Math.max(...lanes.map(({ column }) => column))) + 3;
  const endOf = (row: number): number => label(diagram.nodes[row]).length + 1;

  for (const { from, conditional } of spans.filter((span) => span.to === span.from + 1)) {
    canvas.text({ x: 0, y: 2 * from + 1 }, conditional ? "┆" : "│");
  }
  for (const { from, to, column, conditional } of lanes) {
    const x = laneX(column);
    canvas.line({ x: endOf(from), y: 2 * from }, { x, y: 2 * from }, conditional);
    canvas.line({ x, y: 2 * from }, { x, y: 2 * to }, conditional);
    canvas.line({ x: endOf(to), y: 2 * to }, { x, y: 2 * to }, conditional);
  }
  diagram.nodes.forEach((node, row) => {
    canvas.text({ x: 0, y: 2 * row }, label(node));
    canvas.text({ x: factsX, y: 2 * row }, facts(node));
  });
  for (const { to } of lanes) canvas.text({ x: endOf(to), y: 2 * to }, "◄");
  return canvas.print();
}

/** An edge between two rows. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly conditional: boolean;
}

interface Lane extends Span {
  readonly column: number;
}

function spanOf({ from, to, conditional }: DiagramEdge, rows: ReadonlyMap<string, number>): readonly Span[] {
  const start = rows.get(from);
  const end = rows.get(to);
  return start === undefined || end === undefined ? [] : [{ from: start, to: end, conditional }];
}

const top = ({ from, to }: Span): number => Math.min(from, to);
const bottom = ({ from, to }: Span): number => Math.max(from, to);

/** Short lanes lie inside; two lanes share a column only where they do not meet. */
function assignLanes(spans: readonly Span[]): readonly Lane[] {
  const lanes: Lane[] = [];
  const inner = spans.toSorted(
    (one, other) => bottom(one) - top(one) - (bottom(other) - top(other)) || top(one) - top(other),
  );
  for (const span of inner) {
    const taken = new Set(
      lanes.filter((lane) => top(lane) <= bottom(span) && top(span) <= bottom(lane)).map(({ column }) => column),
    );
    let column = 0;
    while (taken.has(column)) column += 1;
    lanes.push({ ...span, column });
  }
  return lanes;
}

const MARKS = { start: "○", end: "◎", agent: "●", node: "■", workflow: "▣", function: "■" } as const;

function facts({ kind, reads, writes, layers, workflow }: DiagramNode): string {
  if (kind === "start" || kind === "end") return "";
  if (kind === "function") return "plain function";
  const list = (fields: readonly string[]): string => (fields.length === 0 ? "–" : fields.join(", "));
  return `${list(reads)} → ${list(writes)}${workflow === undefined ? "" : `  (workflow ${workflow})`}${layers.length === 0 ? "" : `  (memory: ${layers.join(", ")})`}`;
}
