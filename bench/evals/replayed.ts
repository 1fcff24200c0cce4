// A process of its own: cases whose model calls are answered from cassettes, through the `openai` client. Prints its figures as JSON.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Shelf } from "../../evals/cassettes/shelf.ts";

import { built } from "./built.ts";

const { openShelf }: typeof import("../../evals/cassettes/shelf.ts") = await built("evals/cassettes/shelf");
const { evaluate }: typeof import("../../evals/evaluate.ts") = await built("evals/evaluate");
const { createJournal }: typeof import("../../evals/journal.ts") = await built("evals/journal");
const { promptTarget }: typeof import("../../evals/prompt-target.ts") = await built("evals/prompt-target");
const { defineEval }: typeof import("../../evals/public.ts") = await built("evals/public");
const { openai }: typeof import("../../models/openai.ts") = await built("models/openai");
const { PromptLibrary }: typeof import("../../prompts/library.ts") = await built("prompts/library");

const CASES = Number(process.argv[2] ?? "1000");

const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
try {
  mkdirSync(join(folder, "prompts"));
  writeFileSync(join(folder, "prompts/say.prompt"), "---\ninput:\n  schema:\n    topic: string\n---\nSay {{topic}}.\n");
  const library = await PromptLibrary.load([join(folder, "prompts")]);
  let calls = 0;
  // Stands in for the provider while the cassettes are recorded; no network is needed for either.
  const provider = async (): Promise<Response> => {
    calls += 1;
    return Response.json({
      id: "bench",
      object: "chat.completion",
      created: 0,
      model: "bench",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: '{"answer":"said"}' } }],
      usage: { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 },
    });
  };
  const target = promptTarget(library.pin("say"), openai("bench", { apiKey: "none", env: {}, fetch: provider }));
  const suite = defineEval({
    name: "say",
    prompt: "say",
    cases: Array.from({ length: CASES }, (_, at) => ({ id: `case-${at}`, input: { topic: `topic ${at}` } })),
    scorers: [{ contains: { text: "said" } }],
  });
  const run = async (shelf: Shelf, name: string): Promise<number> => {
    const path = join(folder, `${name}.jsonl`);
    const journal = createJournal(path, { format: 1, plan: "bench", startedAt: 0, title: "bench" });
    const startedAt = performance.now();
    const { suites } = await evaluate({
      suites: [{ suite, after: target }],
      journal,
      seed: 1,
      concurrency: 10,
      tapeOf: shelf.tapeOf,
    });
    const ms = performance.now() - startedAt;
    journal.close();
    if (suites[0]?.totals.passed !== CASES) throw new Error("not every case passed");
    return ms;
  };
  const place = { folder: join(folder, "cassettes"), shown: "cassettes" };
  const recording = openShelf({ ...place, mode: "record" });
  await run(recording, "recorded");
  await recording.save({});
  const recorded = calls;
  const before = process.cpuUsage();
  const ms = await run(openShelf({ ...place, mode: "replay" }), "replayed");
  const { user, system } = process.cpuUsage(before);
  if (calls !== recorded) throw new Error("a replay asked the provider");
  console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, calls: calls - recorded }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
