import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { makePromptProject } from "./prompt-project.ts";

const CONFIG = `import { END, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, node, workflow } from "batonjs";
import { z } from "zod";

const Note = new StateSchema({
  topic: z.string(), tone: z.enum(["dry", "warm"]).default("dry"), text: z.string().default(""),
  words: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, found) => known.concat(found) }),
});
const first = node(Note, { reads: ["topic"], writes: ["words"] }, ({ topic }) => ({ words: [topic] }));
const writer = agent(Note, { prompt: "note/write", reads: ["topic", "tone"], writes: ["text"] });
const last = node(Note, { reads: ["topic"], writes: ["words"] }, () => ({ words: ["end"] }));
const graph = new StateGraph(Note).addNode("first", first).addNode("writer", writer).addNode("last", last)
  .addEdge(START, "first").addEdge("first", "writer").addEdge("writer", "last").addEdge("last", END);
export default defineConfig({ workflows: [workflow({ id: "note", graph })] });
`;

const SUITE = `workflow: note
cases: [{ input: { topic: tea } }]
scorers:
  - name: reduced
    state: { after: last, field: words, equals: [tea, end] }
  - name: before the last
    state: { after: writer, field: words, equals: [tea], writtenBy: first }
`;

test("a suite on a whole workflow sees the state after a node, reducers applied", async () => {
  const project = await makePromptProject({ "baton.config.ts": CONFIG, "prompts/whole.eval.yaml": SUITE });
  const { code, stdout } = await project.baton(["eval", "whole", "--json"], {
    env: { REDIS_URL: "redis://127.0.0.1:9", DATABASE_URL: "postgres://127.0.0.1:9/none" },
  });
  expect(JSON.parse(stdout).suites[0]).toMatchObject({
    target: "workflow note",
    totals: { passed: 1, errors: 0, scores: { reduced: 1, "before the last": 1 } },
  });
  expect(code).toBe(0);
});

test("a reworded prompt is never called fine on a model that does not read the wording", async () => {
  const cases = Array.from({ length: 61 }, (_, at) => `{ input: { topic: "topic ${at}", tone: dry } }`).join(", ");
  const suite = `cases: [${cases}]\nscorers: [{ cost: { tokens: 1000 } }]\n`;
  const project = await makePromptProject({ "prompts/note/write.eval.yaml": suite });
  const style = join(project.folder, "prompts/_style.prompt");
  await writeFile(style, `${await readFile(style, "utf8")}Be kind.\n`);
  const { code, stdout } = await project.baton(["eval", "--baseline", "v1"]);
  expect(stdout).toContain("This model does not read the wording of prompts");
  expect(code).toBe(2);
});
