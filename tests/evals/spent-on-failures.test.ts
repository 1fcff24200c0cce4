import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { START, StateGraph, StateSchema } from "@langchain/langgraph";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { workflowTargets } from "../../cli/evals/workflow-target.ts";
import { agentTarget } from "../../evals/agent-target.ts";
import { executeCell } from "../../evals/execute.ts";
import { promptTarget } from "../../evals/prompt-target.ts";
import { agent, workflow } from "../../index.ts";
import type { Model, ModelResponse } from "../../models/model.ts";
import { PromptLibrary } from "../../prompts/library.ts";
import { pinPrompts } from "../../runs/pins.ts";

const USAGE = { inputTokens: 7, outputTokens: 3 };
const CASE = { id: "a", input: { topic: "tea" }, expected: undefined, group: undefined, mustPass: false };
const { signal } = new AbortController();

/** A folder of prompts with `say`, which writes about a topic. */
async function library(): Promise<PromptLibrary> {
  const folder = mkdtempSync(join(tmpdir(), "baton-spent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "say.prompt"), "---\ninput:\n  schema:\n    topic: string\n---\nSay {{topic}}.\n");
  return await PromptLibrary.load([folder]);
}

function modelThat(answers: Pick<ModelResponse, "text" | "finish">): Model {
  return {
    ref: "test/wrong",
    settings: {},
    check() {},
    probe: async () => "answers",
    generate: async () => ({ ...answers, usage: USAGE, model: "test", costUsd: 0.5 }),
  };
}

test.for([
  { name: "is no JSON", answer: { text: "tea", finish: "stop" } },
  { name: "was cut off", answer: { text: "{", finish: "length" } },
  { name: "was refused", answer: { text: "", finish: "refusal" } },
] as const)("an answer that $name is wrong, and what it took is counted", async ({ answer }) => {
  const target = promptTarget((await library()).pin("say"), modelThat(answer));
  expect(await executeCell({ target, case: CASE, scorers: [], signal })).toMatchObject({
    outcome: "wrong",
    spent: { ...USAGE, modelCalls: 1, costUsd: 0.5 },
  });
});

const State = new StateSchema({ topic: z.string(), said: z.string().default("") });
const graph = new StateGraph(State)
  .addNode("say", agent(State, { prompt: "say", reads: ["topic"], writes: ["said"] }))
  .addEdge(START, "say");
const said = workflow({ id: "said", graph });

test.for([
  {
    kind: "an agent",
    targetOf: (prompts: PromptLibrary, model: Model) =>
      agentTarget({ workflow: said, node: "say", pins: pinPrompts(said, prompts), model }),
  },
  {
    kind: "a workflow",
    targetOf: (prompts: PromptLibrary, model: Model) =>
      workflowTargets({ config: { workflows: [said] }, folder: tmpdir(), model })(said, prompts),
  },
])("$kind whose answers never fit is wrong, and each of its attempts is counted", async ({ targetOf }) => {
  const target = targetOf(await library(), modelThat({ text: "tea", finish: "stop" }));
  // The answer itself, and two that were to mend it.
  expect(await executeCell({ target, case: CASE, scorers: [], signal })).toMatchObject({
    outcome: "wrong",
    spent: { inputTokens: 21, outputTokens: 9, modelCalls: 3, costUsd: 1.5 },
  });
});
