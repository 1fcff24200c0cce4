import { Command, END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { agent } from "../../agents/agent.ts";
import { node } from "../../agents/node.ts";
import { type Diagram, diagramOf } from "../../graph/diagram.ts";
import { toAscii } from "../../graph/diagram-ascii.ts";
import { toMermaid } from "../../graph/diagram-mermaid.ts";
import { toSvg } from "../../graph/diagram-svg.ts";
import { workflow } from "../../graph/workflow.ts";

const Brief = new StateSchema({
  topic: z.string(),
  facts: z.array(z.string()).default([]),
  draft: z.string().default(""),
  verdict: z.enum(["approve", "revise"]).default("revise"),
});

const brief = workflow({
  id: "brief",
  graph: new StateGraph(Brief)
    .addNode("critic", agent(Brief, { prompt: "critique", reads: ["draft"], writes: ["verdict"] }))
    .addNode(
      "researcher",
      agent(Brief, {
        prompt: "research",
        reads: ["topic"],
        writes: ["facts"],
        memory: { layers: ["session", "vector"] },
      }),
    )
    .addNode(
      "writer",
      node(Brief, { reads: ["topic", "facts"], writes: ["draft"] }, () => ({ draft: "" })),
    )
    .addNode("closer", () => ({}))
    .addEdge(START, "researcher")
    .addEdge("researcher", "writer")
    .addEdge("writer", "critic")
    .addConditionalEdges("critic", ({ verdict }) => (verdict === "revise" ? "writer" : "closer"), ["writer", "closer"])
    .addEdge("closer", END),
});

describe("the neutral model", () => {
  test("orders the nodes as a run reaches them, whatever the order of their definition", () => {
    expect(diagramOf(brief).nodes.map(({ name }) => name)).toEqual([
      "start",
      "researcher",
      "writer",
      "critic",
      "closer",
      "end",
    ]);
  });

  test("knows rights, memory layers and kinds of the nodes", () => {
    expect(diagramOf(brief).nodes.slice(1, 5)).toEqual([
      { name: "researcher", kind: "agent", reads: ["topic"], writes: ["facts"], layers: ["session", "vector"] },
      { name: "writer", kind: "node", reads: ["topic", "facts"], writes: ["draft"], layers: [] },
      { name: "critic", kind: "agent", reads: ["draft"], writes: ["verdict"], layers: [] },
      { name: "closer", kind: "function", reads: [], writes: [], layers: [] },
    ]);
  });

  test("names an edge once, and as always taken where one of its kind is", () => {
    const graph = new StateGraph(Brief)
      .addNode("a", () => ({}))
      .addNode("b", () => ({}))
      .addEdge(START, "a")
      .addEdge("a", "b")
      .addConditionalEdges("a", () => "b", ["b", END]);
    expect(diagramOf(workflow({ id: "twice", graph })).edges).toEqual([
      { from: "start", to: "a", conditional: false },
      { from: "a", to: "b", conditional: false },
      { from: "a", to: "end", conditional: true },
    ]);
  });

  test("follows the jumps a node declares", () => {
    const graph = new StateGraph(Brief)
      .addNode("a", () => new Command({ goto: "b" }), { ends: ["b"] })
      .addNode("b", () => ({}))
      .addEdge(START, "a");
    expect(diagramOf(workflow({ id: "jump", graph })).edges).toContainEqual({ from: "a", to: "b", conditional: true });
  });
});

test("draws text with one row a node and lanes for what goes elsewhere", () => {
  expect(`\n${toAscii(diagramOf(brief))}\n`).toMatchInlineSnapshot(`
    "
    ○ start
    │
    ● researcher       topic → facts  (memory: session, vector)
    │
    ■ writer ◄┄┄┄┄┄┄╮  topic, facts → draft
    │               ┆
    ● critic ┄┄┄┄┄┄┄╯  draft → verdict
    ┆
    ■ closer           plain function
    │
    ◎ end
    "
  `);
});

test("keeps lanes apart that meet, and marks a node that leads to itself", () => {
  const names = ["start", "a", "b", "c", "d", "end"];
  const diagram: Diagram = {
    title: "lanes",
    nodes: names.map((name) => ({
      name,
      kind: name === "start" || name === "end" ? name : "function",
      reads: [],
      writes: [],
      layers: [],
    })),
    edges: [
      ["start", "a"],
      ["a", "b"],
      ["a", "c"],
      ["b", "d"],
      ["c", "d"],
      ["d", "a", true],
      ["d", "d", true],
      ["d", "end", true],
    ].map(([from, to, conditional]) => ({ from: String(from), to: String(to), conditional: conditional === true })),
  };
  expect(`\n${toAscii(diagram)}\n`).toMatchInlineSnapshot(`
    "
    ○ start
    │
    ■ a ◄──────┬┄┄┄╮  plain function
    │          │   ┆
    ■ b ───────┼─╮ ┆  plain function
               │ │ ┆
    ■ c ◄──────╯ │ ┆  plain function
    │            │ ┆
    ■ d ↺ ◄──────┴┄╯  plain function
    ┆
    ◎ end
    "
  `);
});

test("draws Mermaid text", () => {
  expect(`\n${toMermaid(diagramOf(brief))}\n`).toMatchInlineSnapshot(`
    "
    flowchart TD
      n0(["start"])
      n1["<b>researcher</b><br/>topic → facts<br/>memory: session, vector"]
      n2[["<b>writer</b><br/>topic, facts → draft"]]
      n3["<b>critic</b><br/>draft → verdict"]
      n4[["<b>closer</b>"]]
      n5(["end"])
      n0 --> n1
      n1 --> n2
      n2 --> n3
      n4 --> n5
      n3 -.-> n2
      n3 -.-> n4
    "
  `);
});

const HOSTILE: Diagram = {
  title: "<script>",
  nodes: [{ name: 'a"]<b>&#', kind: "agent", reads: ["<x>"], writes: [], layers: [] }],
  edges: [],
};

test("lets no name break out of a Mermaid label", () => {
  expect(toMermaid(HOSTILE)).toBe('flowchart TD\n  n0["<b>a#34;]#60;b#62;#38;#35;</b><br/>#60;x#62; → –"]');
});

describe("the SVG picture", () => {
  test("holds each node with its rights, and dashes conditional edges", async () => {
    const svg = await toSvg(diagramOf(brief));
    expect(svg.startsWith("<svg ")).toBe(true);
    expect(svg).toContain("<title>Workflow brief</title>");
    for (const text of ["researcher", "writer", "critic", "closer", "start", "end", "memory: session, vector"])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg.match(/stroke-dasharray/gu)).toHaveLength(2);
  });

  test("is the same at every call and asks for nothing from elsewhere", async () => {
    const svg = await toSvg(diagramOf(brief));
    expect(await toSvg(diagramOf(brief))).toBe(svg);
    expect(svg.match(/https?:\/\/[^"\s]+/gu)).toEqual(["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"]);
  });

  test("lets no name become markup", async () => {
    const svg = await toSvg(HOSTILE);
    expect(svg).not.toMatch(/<script|<b>|<x>/u);
    expect(svg).toContain("a&quot;]&lt;b&gt;&amp;#");
  });
});
