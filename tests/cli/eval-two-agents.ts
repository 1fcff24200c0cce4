import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { makePromptProject } from "./prompt-project.ts";
import type { Project } from "./project.ts";

/** Two agents and a model that keeps to their prompts; it counts its calls in a file, and repeats secrets it was told. */
const CONFIG = `import { appendFileSync } from "node:fs";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, workflow } from "batonjs";
import { z } from "zod";

const Note = new StateSchema({ topic: z.string(), fact: z.string().default(""), text: z.string().default("") });
const finder = agent(Note, { prompt: "find", reads: ["topic"], writes: ["fact"] });
const writer = agent(Note, { prompt: "write", reads: ["topic", "fact"], writes: ["text"] });
const graph = new StateGraph(Note).addNode("finder", finder).addNode("writer", writer)
  .addEdge(START, "finder").addEdge("finder", "writer").addEdge("writer", END);
const model = {
  ref: "test/obedient", settings: {}, check() {}, probe: async () => "answers",
  async generate({ messages, input, output }) {
    const asked = messages.map((message) => message.content).join("\\n");
    const key = Object.keys(output.schema.properties)[0];
    appendFileSync("calls.log", key + "\\n");
    const answers = {
      fact: input.topic + (asked.includes("Be exact.") ? " is exact" : " is vague"),
      text: input.fact + (asked.includes("Use short words.") ? ", short" : ", circumlocutory") + " <b>bold</b>",
    };
    const value = key === "reason"
      ? { reason: "It says so.", verdict: "pass", score: asked.includes("Judge hard.") ? 0.5 : 1 }
      : { [key]: answers[key] };
    return { text: JSON.stringify(value), finish: "stop", usage: { inputTokens: 10, outputTokens: 5 }, model: "obedient" };
  },
};
export default defineConfig({ workflows: [workflow({ id: "note", graph })], model });
`;

const WHOLE = `# Kept as it is.
workflow: note
cases:
  - { id: tea, input: { topic: tea } } # and this comment

scorers:
  - name: found
    contains: { at: fact, text: exact }
  - name: words
    contains: { at: text, text: short }
`;

const JUDGED = `agent: note/finder
cases: [{ id: oak, input: { topic: oak } }]
scorers: [{ judge: { criterion: "It is exact.", prompt: grade } }]
gate: { atLeast: 0.4 }
`;

const prompt = (schema: string, text: string): string => `---\ninput:\n  schema:\n${schema}---\n${text}\n`;

/** A workflow `note` of the agents `finder` and `writer`, a suite on it, and one with a judge; committed as `v1`. */
export async function makeTwoAgents(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  return await makePromptProject({
    "baton.config.ts": CONFIG,
    "prompts/find.prompt": prompt("    topic: string\n", "Find a fact on {{topic}}.\nBe exact."),
    "prompts/write.prompt": prompt(
      "    topic: string\n    fact: string\n",
      "Write on {{topic}}: {{fact}}\nUse short words.",
    ),
    "prompts/grade.prompt": `---
input:
  schema:
    criterion: string
    request: string
    answer: string
output:
  format: json
  schema:
    reason: string
    verdict(enum): [pass, fail, unclear]
    score: number
---
{{json criterion}} {{json request}} {{json answer}}
`,
    "evals/whole.eval.yaml": WHOLE,
    "evals/judged.eval.yaml": JUDGED,
    ".gitignore": "node_modules\n.baton\ncalls.log\n",
    ...files,
  });
}

/** The model calls so far, by the field that was asked for. */
export function callsIn(project: Project): readonly string[] {
  const file = join(project.folder, "calls.log");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

export async function reword(project: Project, file: string, [from, to]: readonly [string, string]): Promise<void> {
  const path = join(project.folder, file);
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}
