import type { JsonValue } from "../core/json.ts";
import { edgesOf, type GraphEdge } from "./edges.ts";
import { type InnerGraph, innerGraphOf } from "./inner-graph.ts";
import { describeField, inputSchemaOf, storedFieldsOf } from "./input.ts";
import type { GraphSource, Workflow } from "./workflow.ts";

/** What a stored run depends on in its workflow. Plain JSON: it is stored with the run, and compared with the workflow of a later day. */
export interface WorkflowShape {
  readonly nodes: Readonly<Record<string, NodeShape>>;
  readonly edges: readonly GraphEdge[];
  /** A join waits for all of its sources, and remembers which of them are done. */
  readonly joins: readonly JoinShape[];
  readonly fields: Readonly<Record<string, FieldShape>>;
}

export interface NodeShape {
  /** Missing for a plain function: it may read and write every field, and go to any node by a `Command`. */
  readonly rights?: { readonly reads: readonly string[]; readonly writes: readonly string[] };
  readonly deferred?: true;
  /** Present where the node is a graph of its own. */
  readonly subgraph?: InnerShape;
}

export interface InnerShape extends Omit<WorkflowShape, "fields"> {
  readonly fields: readonly string[];
  /** Present where the node is a workflow with a state of its own: its id, and how fields go in and come out. */
  readonly entry?: {
    readonly workflow: string;
    readonly reads: Readonly<Record<string, string>>;
    readonly writes: Readonly<Record<string, string>>;
  };
}

export interface JoinShape {
  readonly from: readonly string[];
  readonly to: string;
}

export interface FieldShape {
  /** JSON schema of an update; `{}` where JSON cannot say it. */
  readonly written: JsonValue;
  /** JSON schema of the value, where a reducer makes another one of the updates. */
  readonly stored?: JsonValue;
  /** True when a state without this field is a right state. */
  readonly optional: boolean;
  /** LangGraph's name of the channel that holds it. */
  readonly channel: string;
}

/** Takes the shape of a workflow: equal graphs over equal fields have equal shapes, in every process. */
export function shapeOf(workflow: Workflow): WorkflowShape {
  const input = inputSchemaOf(workflow);
  const stored = storedFieldsOf(workflow.graph, workflow.fields);
  const fields = workflow.fields.map((name): [string, FieldShape] => {
    const written = input.describe(name);
    const value = describeField(stored.get(name));
    const isReduced = JSON.stringify(value) !== JSON.stringify(written);
    return [
      name,
      {
        written,
        ...(isReduced ? { stored: value } : {}),
        optional: stored.get(name)?.optional ?? true,
        channel: channelKind(workflow.graph.channels[name]),
      },
    ];
  });
  const nodes = workflow.nodes.map(({ name, rights }): [string, NodeShape] => [
    name,
    {
      ...(rights === undefined ? {} : { rights: { reads: [...rights.reads], writes: [...rights.writes] } }),
      ...nodeOf(workflow.graph, name),
    },
  ]);
  return plain({ nodes: Object.fromEntries(nodes), ...flowOf(workflow.graph), fields: Object.fromEntries(fields) });
}

/** As it will be when it is read back: what a schema library adds to its objects is no difference. */
function plain(shape: WorkflowShape): WorkflowShape {
  return JSON.parse(JSON.stringify(shape)) as WorkflowShape;
}

function flowOf(graph: Omit<GraphSource, "compile">): Pick<WorkflowShape, "edges" | "joins"> {
  return {
    edges: edgesOf(graph).toSorted((one, other) => compare(printEdge(one), printEdge(other))),
    joins: [...graph.waitingEdges]
      .map(([from, to]) => ({ from: [...from], to }))
      .toSorted((one, other) => compare(printJoin(one), printJoin(other))),
  };
}

function nodeOf(graph: Omit<GraphSource, "compile">, name: string): NodeShape {
  const node = graph.nodes[name];
  const inner = innerGraphOf(node?.runnable);
  return {
    ...(node?.defer === true ? { deferred: true } : {}),
    ...(inner === undefined ? {} : { subgraph: innerShape(inner) }),
  };
}

function innerShape({ graph, entry }: InnerGraph): InnerShape {
  return {
    nodes: Object.fromEntries(Object.keys(graph.nodes).map((child) => [child, nodeOf(graph, child)])),
    ...flowOf(graph),
    fields: Object.keys(graph.channels).toSorted(compare),
    ...(entry === undefined
      ? {}
      : { entry: { workflow: entry.workflow.id, reads: entry.reads, writes: entry.writes } }),
  };
}

function channelKind(channel: unknown): string {
  const kind: unknown =
    typeof channel === "object" && channel !== null && "lc_graph_name" in channel ? channel.lc_graph_name : undefined;
  return typeof kind === "string" ? kind : "unknown";
}

/** `a -> b`, or `a ?> b` where a router decides. */
export function printEdge({ from, to, conditional }: GraphEdge): string {
  return `${from} ${conditional ? "?" : "-"}> ${to}`;
}

export function printJoin({ from, to }: JoinShape): string {
  return `${from.join(" + ")} -> ${to}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
