import { Annotation, Command, END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { fingerprint } from "../../graph/fingerprint.ts";
import { inputSchemaOf, requiredFields } from "../../graph/input.ts";
import { createRegistry } from "../../graph/registry.ts";

const Letter = new StateSchema({
  topic: z.string(),
  tone: z.enum(["warm", "dry"]).default("dry"),
  draft: z.string(),
  pages: z.number().int().min(1).optional(),
});
const writer = agent(Letter, { prompt: "write", reads: ["topic", "tone", "draft"], writes: ["draft"] });
const printer = node(Letter, { reads: ["draft"], writes: ["pages"] }, async () => ({ pages: 1 }));

function letter(id = "letter") {
  const graph = new StateGraph(Letter)
    .addNode("writer", writer)
    .addNode("printer", printer)
    .addEdge(START, "writer")
    .addEdge("writer", "printer")
    .addEdge("printer", END);
  return workflow({ id, graph });
}

describe("workflow", () => {
  it("finds what agents and nodes declared, the edges and the fields", () => {
    const { nodes, edges, fields } = letter();
    expect(nodes).toEqual([
      {
        name: "writer",
        rights: {
          kind: "agent",
          prompt: "write",
          prompts: ["baton/output-repair"],
          reads: ["topic", "tone", "draft"],
          writes: ["draft"],
        },
      },
      { name: "printer", rights: { kind: "node", reads: ["draft"], writes: ["pages"] } },
    ]);
    expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "__start__ writer",
      "writer printer",
      "printer __end__",
    ]);
    expect(fields).toEqual(["topic", "tone", "draft", "pages"]);
  });

  it("knows the edges of routers, joins and commands", () => {
    const graph = new StateGraph(Letter)
      .addNode("a", async () => ({}))
      .addNode("b", async () => ({}))
      .addNode("c", async () => new Command({ goto: "a" }), { ends: ["a"] })
      .addConditionalEdges(START, () => "a" as const, ["a", "b"])
      .addEdge(["a", "b"], "c");
    const edges = workflow({ id: "w", graph }).edges;
    expect(edges).toContainEqual({ from: "__start__", to: "b", conditional: true });
    expect(edges).toContainEqual({ from: "b", to: "c", conditional: false });
    expect(edges).toContainEqual({ from: "c", to: "a", conditional: true });
  });

  it("gives a node's retry policy Baton's judgement and keeps warnings off stdout", () => {
    const graph = new StateGraph(Letter)
      .addNode("writer", writer, { retryPolicy: { maxAttempts: 3 } })
      .addEdge(START, "writer");
    workflow({ id: "w", graph });
    expect(graph.nodes.writer.retryPolicy).toMatchObject({
      maxAttempts: 3,
      logWarning: false,
      retryOn: expect.any(Function),
    });
  });

  test.each(["", "Two Words", "../etc", "ümlaut"])("refuses the id `%s`", (id) => {
    expect(() => letter(id)).toThrow(expect.objectContaining({ code: "workflow-invalid" }));
  });

  test.each<[string, object, string]>([
    ["no step at all", { maxSteps: 0 }, "Expected `maxSteps` of workflow `w` to be a positive whole number, got `0`."],
    ["half a step", { maxSteps: 2.5 }, "Expected `maxSteps` of workflow `w` to be a positive whole number, got `2.5`."],
    ["a negative budget", { budget: { tokens: -1 } }, "got `tokens: -1` in workflow `w`."],
    ["a budget of half a call", { budget: { modelCalls: 0.5 } }, "got `modelCalls: 0.5` in workflow `w`."],
    ["a budget of something unknown", { budget: { euros: 5 } }, "got `euros: 5` in workflow `w`."],
  ])("refuses %s", (_title, limits, message) => {
    const graph = new StateGraph(Letter).addNode("writer", writer).addEdge(START, "writer");
    expect(() => workflow({ id: "w", graph, ...limits })).toThrow(
      expect.objectContaining({ code: "workflow-invalid", message: expect.stringContaining(message) }),
    );
  });
});

describe("the registry", () => {
  it("lists the ids there are when one is unknown", () => {
    expect(() => createRegistry([letter("a"), letter("b")]).get("c")).toThrow(
      expect.objectContaining({ code: "unknown-workflow", hint: expect.stringContaining("a, b") }),
    );
  });

  it("refuses two workflows of one id", () => {
    expect(() => createRegistry([letter("a"), letter("a")])).toThrow(
      expect.objectContaining({ code: "duplicate-workflow" }),
    );
  });
});

describe("the input of a workflow", () => {
  it("demands what is read, has no default and is written by nobody", () => {
    expect(requiredFields(letter())).toEqual(["topic"]);
  });

  it("demands nothing where a plain function could write anything", () => {
    const graph = new StateGraph(Letter).addNode("free", async () => ({ topic: "x" })).addEdge(START, "free");
    expect(requiredFields(workflow({ id: "w", graph }))).toEqual([]);
  });

  it("is returned when it fits", async () => {
    await expect(inputSchemaOf(letter()).check({ topic: "rain", pages: 2 })).resolves.toEqual({
      topic: "rain",
      pages: 2,
    });
  });

  test.each([
    ["an unknown field", { topic: "x", tpoic: "y" }, "`tpoic`"],
    ["a missing field", {}, "lacks the field `topic`"],
    ["a wrong type", { topic: 7 }, "`topic`"],
    ["a value outside an enum", { topic: "x", tone: "loud" }, '"loud"'],
    ["a number below its minimum", { topic: "x", pages: 0 }, "`pages`"],
    ["no object", ["x"], 'got ["x"]'],
  ])("is refused with %s, saying which field and what came", async (_case, input, words) => {
    await expect(inputSchemaOf(letter()).check(input)).rejects.toMatchObject({
      code: "input-invalid",
      message: expect.stringContaining(words),
    });
  });

  it("is checked by field name alone where the state has no schemas", async () => {
    const graph = new StateGraph(Annotation.Root({ topic: Annotation<string> }))
      .addNode("a", async () => ({}))
      .addEdge(START, "a");
    const input = inputSchemaOf(workflow({ id: "w", graph }));
    await expect(input.check({ topic: 1 })).resolves.toEqual({ topic: 1 });
    await expect(input.check({ other: 1 })).rejects.toMatchObject({ code: "input-invalid" });
  });
});

describe("the fingerprint", () => {
  it("stays the same for the same graph and changes with a node, a right or a field's type", () => {
    expect(fingerprint(letter())).toBe(fingerprint(letter()));
    const Other = new StateSchema({ ...Letter.fields, pages: z.string().optional() });
    const renamed = new StateGraph(Letter).addNode("author", writer).addEdge(START, "author");
    const retyped = new StateGraph(Other).addNode("writer", writer).addEdge(START, "writer");
    const original = new StateGraph(Letter).addNode("writer", writer).addEdge(START, "writer");
    const prints = [renamed, retyped, original].map((graph) => fingerprint(workflow({ id: "letter", graph })));
    expect(new Set(prints).size).toBe(3);
  });
});
