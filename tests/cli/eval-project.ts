import { commit, makePromptProject } from "./prompt-project.ts";
import type { Project } from "./project.ts";

/** A model that keeps to its prompt: it answers well as long as that asks for short words, and counts its calls in a file. */
const CONFIG = `import { appendFileSync, existsSync } from "node:fs";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, workflow } from "batonjs";
import { z } from "zod";

const Note = new StateSchema({ topic: z.string(), tone: z.enum(["dry", "warm"]), text: z.string().default("") });
const writer = agent(Note, { prompt: "note/write", reads: ["topic", "tone"], writes: ["text"] });
const graph = new StateGraph(Note).addNode("writer", writer).addEdge(START, "writer").addEdge("writer", END);
const model = {
  ref: "test/obedient", settings: {}, check() {}, probe: async () => "answers",
  async generate({ messages, input, output }) {
    appendFileSync("calls.log", "call\\n");
    if (existsSync("slow")) await new Promise((done) => setTimeout(done, 150));
    const asked = messages.map((message) => message.content).join("\\n");
    const isWorse = !asked.includes("Use short words.") && Number(input.topic.replace(/\\D/g, "")) % 3 === 0;
    const text = isWorse ? "a circumlocution" : "short words";
    const key = "text" in output.schema.properties ? "text" : "answer";
    return { text: JSON.stringify({ [key]: text }), finish: "stop", usage: { inputTokens: 10, outputTokens: 5 }, model: "obedient" };
  },
};
export default defineConfig({ workflows: [workflow({ id: "note", graph })], model });
`;

const cases = (count: number): string =>
  Array.from(
    { length: count },
    (_, at) => `  - { id: "topic-${at}", input: { topic: "topic ${at}", tone: dry }, expected: "short words" }`,
  ).join("\n");

/** The suite of an agent, of the prompt alone, and one of a prompt that nothing touches. */
export async function makeEvalProject(count = 60): Promise<Project> {
  return await makePromptProject({
    "baton.config.ts": CONFIG,
    "prompts/note/write.eval.yaml": `cases:\n${cases(count)}\nscorers: [exact]\n`,
    "prompts/note/agent.eval.yaml": `agent: note/writer\ncases:\n${cases(3)}\nscorers:\n  - exact\n  - cost: { tokens: 20 }\n`,
    "prompts/other.prompt":
      "---\ninput:\n  schema:\n    topic: string\n---\nSay something of {{topic}}. Use short words.\n",
    "prompts/other.eval.yaml": `cases:\n  - { input: { topic: "topic 1" }, expected: "short words" }\nscorers: [exact]\n`,
    ".gitignore": "node_modules\n.baton\ncalls.log\nslow\n",
  });
}

export { commit };
