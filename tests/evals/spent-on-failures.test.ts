import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { executeCell } from "../../evals/execute.ts";
import { promptTarget } from "../../evals/prompt-target.ts";
import type { ModelResponse } from "../../models/model.ts";
import { PromptLibrary } from "../../prompts/library.ts";

test.for([
  { name: "is no JSON", answer: { text: "tea", finish: "stop" } },
  { name: "was cut off", answer: { text: "{", finish: "length" } },
  { name: "was refused", answer: { text: "", finish: "refusal" } },
] as const)("an answer that $name is wrong, and what it took is counted", async ({ answer }) => {
  const folder = mkdtempSync(join(tmpdir(), "baton-spent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "say.prompt"), "---\ninput:\n  schema:\n    topic: string\n---\nSay {{topic}}.\n");
  const usage = { inputTokens: 7, outputTokens: 3 };
  const response: ModelResponse = { ...answer, usage, model: "test", costUsd: 0.5 };
  const target = promptTarget((await PromptLibrary.load([folder])).pin("say"), {
    ref: "test/wrong",
    settings: {},
    check() {},
    probe: async () => "answers",
    generate: async () => response,
  });
  const given = { id: "a", input: { topic: "tea" }, expected: undefined, group: undefined, mustPass: false };
  const { signal } = new AbortController();
  expect(await executeCell({ target, case: given, scorers: [], signal })).toMatchObject({
    outcome: "wrong",
    spent: { ...usage, modelCalls: 1, costUsd: 0.5 },
  });
});
