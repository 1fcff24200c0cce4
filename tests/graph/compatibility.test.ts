import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { node, workflow, type Workflow } from "batonjs";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { compareShapes } from "../../graph/compatibility.ts";
import { readShape, shapeFile } from "../../graph/fingerprint.ts";
import { shapeOf, type WorkflowShape } from "../../graph/shape.ts";

const FIELDS = {
  topic: z.string(),
  draft: z.string().default(""),
  verdict: z.enum(["good", "bad"]).default("bad"),
  notes: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
};

interface Change {
  readonly fields?: Record<string, unknown>;
  /** Nodes by name with what they read; each writes `draft`. */
  readonly nodes?: Readonly<Record<string, string>>;
  readonly edges?: readonly (readonly [string | readonly string[], string])[];
  /** A node that is a plain function. */
  readonly plain?: string;
}

/** collect -> write -> review, with changes. */
function version({ fields = FIELDS, nodes = NODES, edges = EDGES, plain }: Change = {}): Workflow {
  const State = new StateSchema(fields as typeof FIELDS);
  // Built from lists, so that a case says only what it changes: the names are not known to the compiler.
  const graph = new StateGraph(State) as unknown as {
    addNode(name: string, work: unknown): void;
    addEdge(from: string | string[], to: string): void;
  };
  for (const [name, field] of Object.entries(nodes)) {
    const rights = { reads: [field as "topic"], writes: ["draft" as const] };
    graph.addNode(name, name === plain ? async () => ({}) : node(State, rights, async () => ({ draft: name })));
  }
  for (const [from, to] of edges) graph.addEdge(typeof from === "string" ? from : [...from], to);
  return workflow({ id: "letter", graph: graph as unknown as StateGraph<typeof State> });
}

const NODES = { collect: "topic", write: "topic", review: "draft" };
const EDGES = [
  [START, "collect"],
  ["collect", "write"],
  ["write", "review"],
  ["review", END],
] as const;

function compare(change: Change, pending = ["write"], pinned: Change = {}) {
  return compareShapes({ pinned: stored(shapeOf(version(pinned))), current: shapeOf(version(change)), pending });
}

function stored(shape: WorkflowShape): WorkflowShape {
  return JSON.parse(JSON.stringify(shape)) as WorkflowShape;
}

const blocks = (change: Change, pending?: string[], pinned?: Change) =>
  compare(change, pending, pinned).changes.map(({ name, blocks: what }) => `${name}: ${what}`);

describe("a run that is about to execute `write` goes on", () => {
  test.each<[string, Change, string[]]>([
    ["when nothing changed", {}, []],
    [
      "when a new node stands in the way of an edge",
      {
        nodes: { ...NODES, polish: "draft" },
        edges: [...EDGES.slice(0, 2), ["write", "polish"], ["polish", "review"], ["review", END]],
      },
      ["polish: nothing", "write -> review: nothing"],
    ],
    [
      "when a node that it has behind it is gone",
      { nodes: { write: "topic", review: "draft" }, edges: [[START, "write"], ...EDGES.slice(2)] },
      ["collect: nothing", "__start__ -> write: nothing"],
    ],
    [
      "when a node that it has behind it reads something else",
      { nodes: { ...NODES, collect: "draft" } },
      ["collect: nothing"],
    ],
    [
      "when a field with a default is new",
      { fields: { ...FIELDS, tone: z.string().default("plain") } },
      ["tone: nothing"],
    ],
    [
      "when a field that may be absent is new",
      { fields: { ...FIELDS, tone: z.string().optional() } },
      ["tone: nothing"],
    ],
    [
      "when a choice has more members",
      { fields: { ...FIELDS, verdict: z.enum(["good", "bad", "ugly"]).default("bad") } },
      ["verdict: nothing"],
    ],
    ["when a field has another default", { fields: { ...FIELDS, draft: z.string().default("…") } }, ["draft: nothing"]],
    [
      "when a field is described",
      { fields: { ...FIELDS, draft: z.string().default("").describe("The letter.") } },
      ["draft: nothing"],
    ],
    [
      "when a reducer takes other updates than before",
      {
        fields: {
          ...FIELDS,
          notes: new ReducedValue(z.array(z.string()).default([]), {
            inputSchema: z.string(),
            reducer: (known: string[], added: string) => [...known, added],
          }),
        },
      },
      ["notes: nothing"],
    ],
  ])("%s", (_title, change, expected) => {
    expect(blocks(change)).toEqual(expected);
    expect(compare(change).compatible).toBe(true);
  });
});

describe("a run that is about to execute `write` is stopped", () => {
  test.each<[string, Change, string]>([
    [
      "when `write` has another name",
      {
        nodes: { collect: "topic", author: "topic", review: "draft" },
        edges: [EDGES[0], ["collect", "author"], ["author", "review"], EDGES[3]],
      },
      "node `write`, which the run is about to execute, is gone; perhaps it is `author` now",
    ],
    [
      "when a later node is gone",
      { nodes: { collect: "topic", write: "topic" }, edges: [EDGES[0], EDGES[1], ["write", END]] },
      "node `review`, which the run can still come to, is gone",
    ],
    [
      "when a later node reads something else",
      { nodes: { ...NODES, review: "topic" } },
      "node `review`, which the run can still come to, is another one: draft → draft, now topic → draft",
    ],
    [
      "when an edge ahead is gone",
      { edges: [EDGES[0], EDGES[1], ["write", END], ["collect", "review"], EDGES[3]] },
      "edge `write -> review` is gone",
    ],
    ["when an edge ahead is new", { edges: [...EDGES, ["review", "collect"]] }, "edge `review -> collect` is new"],
    ["when a field is gone", { fields: without("verdict") }, "field `verdict` is gone"],
    [
      "when a field has another type",
      { fields: { ...FIELDS, draft: z.number().default(0) } },
      "field `draft` was `string`, now `number`",
    ],
    [
      "when a choice has fewer members",
      { fields: { ...FIELDS, verdict: z.enum(["good"]).default("good") } },
      'field `verdict` was `{"type":"string","enum":["good","bad"]}`, now `{"type":"string","enum":["good"]}`',
    ],
    [
      "when a field has lost its default",
      { fields: { ...FIELDS, draft: z.string() } },
      "field `draft` has lost its default and may be absent",
    ],
    [
      "when a new field has no default",
      { fields: { ...FIELDS, tone: z.string() } },
      "field `tone` is new and has no default",
    ],
    [
      "when a field has a reducer now",
      {
        fields: {
          ...FIELDS,
          draft: new ReducedValue(z.string().default(""), { reducer: (a: string, b: string) => a + b }),
        },
      },
      "field `draft` was a LastValue, now a BinaryOperatorAggregate",
    ],
    [
      "when `write` is a plain function now",
      { plain: "write" },
      "node `write`, which the run is about to execute, is another one: topic → draft, now a plain function",
    ],
  ])("%s", (_title, change, expected) => {
    const { compatible, changes } = compare(change);
    expect(compatible).toBe(false);
    expect(changes.filter((entry) => entry.blocks !== "nothing").map(({ text }) => text)).toContain(expected);
  });
});

function without(name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(FIELDS).filter(([field]) => field !== name));
}

it("holds every node to be ahead of a plain function, which may go anywhere", () => {
  const change: Change = { nodes: { write: "topic", review: "draft" }, edges: [[START, "write"], ...EDGES.slice(2)] };
  expect(blocks(change, ["write"], { plain: "write" })).toContain("collect: resume");
  expect(blocks({ ...change, plain: "write" }, ["review"], { plain: "write" })).toContain("collect: nothing");
});

it("lets a fork begin where only what comes later is different, and not where its first node is gone", () => {
  const later: Change = { nodes: { ...NODES, review: "topic" } };
  expect(blocks(later)).toEqual(["review: resume"]);
  expect(blocks(later, ["review"])).toEqual(["review: resume"]);
  const renamed: Change = {
    nodes: { collect: "topic", author: "topic", review: "draft" },
    edges: [EDGES[0], ["collect", "author"], ["author", "review"], EDGES[3]],
  };
  expect(blocks(renamed)).toContain("write: fork");
  expect(blocks(renamed, ["collect"])).toContain("write: resume");
});

it("stops a run before a join that has forgotten who is done", () => {
  const nodes = { a: "topic", b: "topic", c: "topic", last: "draft" };
  const edges = [
    [START, "a"],
    [START, "b"],
    [START, "c"],
    [["a", "b"], "last"],
    ["last", END],
  ] as const;
  const joined = edges.map((edge) => (edge[1] === "last" ? ([["a", "b", "c"], "last"] as const) : edge));
  const found = compare({ nodes, edges: joined }, ["b"], { nodes, edges });
  expect(found.changes.map(({ text, blocks: what }) => [text, what])).toEqual([
    ["edge `c -> last` is new", "nothing"],
    ["join `a + b -> last` is gone", "resume"],
    ["join `a + b + c -> last` is new", "fork"],
  ]);
});

it("sees a change inside a graph that is a node", () => {
  const inner = (name: string) => {
    const State = new StateSchema({ topic: z.string() });
    return new StateGraph(State)
      .addNode(name, async () => ({}))
      .addEdge(START, name)
      .addEdge(name, END)
      .compile();
  };
  const outer = (name: string) => {
    const State = new StateSchema({ topic: z.string() });
    const graph = new StateGraph(State).addNode("inner", inner(name)).addEdge(START, "inner").addEdge("inner", END);
    return shapeOf(workflow({ id: "outer", graph }));
  };
  const { changes } = compareShapes({ pinned: outer("one"), current: outer("two"), pending: ["inner"] });
  expect(changes.map(({ text }) => text)).toEqual([
    "node `inner`, which the run is about to execute, is another one: its graph changed",
  ]);
});

it("reads a shape back that was stored, and no other text under its name", () => {
  const { id, text } = shapeFile(version());
  expect(readShape(id, text)).toEqual(shapeOf(version()));
  expect(readShape(id, shapeFile(version({ plain: "write" })).text)).toBeUndefined();
});
