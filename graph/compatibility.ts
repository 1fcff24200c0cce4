import { isDeepStrictEqual } from "node:util";

import { fieldChanges } from "./field-changes.ts";
import { reachOf } from "./reach.ts";
import { type JoinShape, type NodeShape, printEdge, printJoin, type WorkflowShape } from "./shape.ts";
import type { GraphEdge } from "./edges.ts";

/** One difference between the workflow a run was started on and the one there is now. */
export interface ShapeChange {
  /** The node, edge, join or field. */
  readonly name: string;
  /** One sentence for a person. */
  readonly text: string;
  /** `resume`: a stored run must not go on under it; `fork`: nor may a fork begin from its checkpoint. */
  readonly blocks: "nothing" | "resume" | "fork";
  /** Set where the change is about the value of a field: a new value for it lifts the block of a fork. */
  readonly field?: string;
}

export interface Comparison {
  readonly compatible: boolean;
  readonly changes: readonly ShapeChange[];
}

export interface ComparedShapes {
  readonly pinned: WorkflowShape;
  readonly current: WorkflowShape;
  /** The nodes the run is waiting for. */
  readonly pending: readonly string[];
}

/**
 * Compares what a run was started on with what there is now, from where the run stands. Compatible means proven: everything the run
 * can still come to is there unchanged, what was added leaves it alone, and every stored value still fits its field. What cannot be
 * proven blocks.
 */
export function compareShapes(shapes: ComparedShapes): Comparison {
  const { pinned, current, pending } = shapes;
  const ahead = reachOf(pinned, pending);
  const changes = [
    ...nodeChanges(shapes, ahead),
    ...edgeChanges(pinned, current, ahead),
    ...joinChanges(pinned, current, reachOf(current, pending)),
    ...fieldChanges(pinned.fields, current.fields),
  ];
  return { compatible: changes.every(({ blocks }) => blocks === "nothing"), changes };
}

function nodeChanges({ pinned, current, pending }: ComparedShapes, ahead: ReadonlySet<string>): readonly ShapeChange[] {
  const kept = Object.entries(pinned.nodes).flatMap(([name, was]): readonly ShapeChange[] => {
    const is = current.nodes[name];
    const place = pending.includes(name)
      ? ", which the run is about to execute,"
      : ahead.has(name)
        ? ", which the run can still come to,"
        : "";
    if (is === undefined) {
      const renamed = likelyName(was, pinned, current);
      const guess = renamed === undefined ? "" : `; perhaps it is \`${renamed}\` now`;
      const blocks = pending.includes(name) ? "fork" : ahead.has(name) ? "resume" : "nothing";
      return [{ name, text: `node \`${name}\`${place} is gone${guess}`, blocks }];
    }
    if (isDeepStrictEqual(was, is)) return [];
    const blocks = ahead.has(name) ? "resume" : "nothing";
    return [{ name, text: `node \`${name}\`${place} is another one: ${nodeDifference(was, is)}`, blocks }];
  });
  const added = Object.keys(current.nodes).flatMap((name): readonly ShapeChange[] =>
    name in pinned.nodes ? [] : [{ name, text: `node \`${name}\` is new`, blocks: "nothing" }],
  );
  return [...kept, ...added];
}

/** The one new node that may do what the missing one did. */
function likelyName(was: NodeShape, pinned: WorkflowShape, current: WorkflowShape): string | undefined {
  const candidates = Object.keys(current.nodes).filter(
    (name) => !(name in pinned.nodes) && isDeepStrictEqual(current.nodes[name], was),
  );
  return candidates.length === 1 ? candidates[0] : undefined;
}

function nodeDifference(was: NodeShape, is: NodeShape): string {
  if (!isDeepStrictEqual(was.subgraph, is.subgraph)) return "its graph changed";
  if (was.deferred !== is.deferred) return is.deferred === true ? "it is deferred now" : "it is no longer deferred";
  return `${printRights(was)}, now ${printRights(is)}`;
}

function printRights({ rights }: NodeShape): string {
  if (rights === undefined) return "a plain function";
  return `${rights.reads.join(", ") || "nothing"} → ${rights.writes.join(", ") || "nothing"}`;
}

function edgeChanges(
  pinned: WorkflowShape,
  current: WorkflowShape,
  ahead: ReadonlySet<string>,
): readonly ShapeChange[] {
  const now = new Set(current.edges.map(printEdge));
  const before = new Set(pinned.edges.map(printEdge));
  const gone = pinned.edges
    .filter((edge) => !now.has(printEdge(edge)) && edge.from in withEnds(current) && edge.to in withEnds(current))
    .map((edge): ShapeChange => {
      const inserted = ahead.has(edge.from) ? detourOf(edge, pinned, current) : undefined;
      const name = printEdge(edge);
      if (inserted !== undefined) {
        return { name, text: `edge \`${name}\` leads through the new \`${inserted.join("`, `")}\``, blocks: "nothing" };
      }
      return { name, text: `edge \`${name}\` is gone`, blocks: ahead.has(edge.from) ? "resume" : "nothing" };
    });
  const added = current.edges
    .filter((edge) => !before.has(printEdge(edge)) && edge.from in withEnds(pinned) && edge.to in withEnds(pinned))
    .map((edge): ShapeChange => {
      const name = printEdge(edge);
      return { name, text: `edge \`${name}\` is new`, blocks: ahead.has(edge.from) ? "resume" : "nothing" };
    });
  return [...gone, ...added];
}

function withEnds({ nodes }: WorkflowShape): object {
  return { ...nodes, __start__: {}, __end__: {} };
}

/** New nodes, one behind the other, by which a run still gets from one end of a lost edge to the other. */
function detourOf(edge: GraphEdge, pinned: WorkflowShape, current: WorkflowShape): readonly string[] | undefined {
  const path: string[] = [];
  let at = edge.from;
  while (at !== edge.to) {
    const ways = current.edges.filter(({ from, to }) => from === at && (to === edge.to || !(to in pinned.nodes)));
    const [way, second] = ways.filter(({ to }) => to !== "__end__" || edge.to === "__end__");
    if (way === undefined || second !== undefined || way.conditional !== (at === edge.from && edge.conditional))
      return undefined;
    if (path.includes(way.to)) return undefined;
    if (way.to !== edge.to) path.push(way.to);
    at = way.to;
  }
  return path;
}

/** A join remembers under its own name which sources are done: under another name it has forgotten them, and waits for ever. */
function joinChanges(
  pinned: WorkflowShape,
  current: WorkflowShape,
  ahead: ReadonlySet<string>,
): readonly ShapeChange[] {
  const before = new Set(pinned.joins.map(printJoin));
  const now = new Set(current.joins.map(printJoin));
  const added = current.joins.filter((join) => !before.has(printJoin(join)));
  const gone = pinned.joins.filter((join) => !now.has(printJoin(join)));
  const isAhead = ({ from, to }: JoinShape): boolean => ahead.has(to) || from.some((source) => ahead.has(source));
  return [
    ...gone.map((join): ShapeChange => {
      const name = printJoin(join);
      return { name, text: `join \`${name}\` is gone`, blocks: isAhead(join) ? "resume" : "nothing" };
    }),
    ...added.map((join): ShapeChange => {
      const name = printJoin(join);
      const all = join.from.every((source) => ahead.has(source));
      const blocks = !isAhead(join) ? "nothing" : all ? "resume" : "fork";
      return { name, text: `join \`${name}\` is new`, blocks };
    }),
  ];
}
