// A process of its own: 5,000 cases through a template, an echo and `contains`, with the journal on disk. Prints its figures as JSON.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { built } from "./built.ts";

const { keepYoungGenerationSmall }: typeof import("../../cli/evals/small-young-generation.ts") = await built(
  "cli/evals/small-young-generation",
);
const { evaluate }: typeof import("../../evals/evaluate.ts") = await built("evals/evaluate");
const { createJournal }: typeof import("../../evals/journal.ts") = await built("evals/journal");
const { promptTarget }: typeof import("../../evals/prompt-target.ts") = await built("evals/prompt-target");
const { defineEval }: typeof import("../../evals/public.ts") = await built("evals/public");
const { PromptLibrary }: typeof import("../../prompts/library.ts") = await built("prompts/library");

// As `baton eval` does at its start.
keepYoungGenerationSmall();

const CASES = Number(process.argv[2] ?? "5000");

const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
try {
  mkdirSync(join(folder, "prompts"));
  writeFileSync(
    join(folder, "prompts/echo.prompt"),
    "---\ninput:\n  schema:\n    topic: string\n---\nSay {{topic}}.\n",
  );
  const library = await PromptLibrary.load([join(folder, "prompts")]);
  const echo = promptTarget(library.pin("echo"), {
    ref: "bench/echo",
    settings: {},
    check() {},
    probe: async () => "answers",
    generate: async ({ messages }) => ({
      text: JSON.stringify({ answer: messages.map(({ content }) => content).join("\n") }),
      finish: "stop",
      usage: { inputTokens: 4, outputTokens: 4 },
      model: "echo",
    }),
  });
  const suite = defineEval({
    name: "echo",
    prompt: "echo",
    cases: Array.from({ length: CASES }, (_, at) => ({ id: `case-${at}`, input: { topic: `topic ${at}` } })),
    scorers: [{ contains: { text: "topic" } }],
  });
  const journal = createJournal(join(folder, "journal.jsonl"), {
    format: 1,
    plan: "bench",
    startedAt: 0,
    title: "bench",
  });
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const { suites } = await evaluate({ suites: [{ suite, after: echo }], journal, seed: 1, concurrency: 10 });
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  journal.close();
  if (suites[0]?.totals.passed !== CASES) throw new Error("not every case passed");
  const whole = process.cpuUsage();
  const wholeCpuMs = (whole.user + whole.system) / 1000;
  console.log(
    JSON.stringify({ wholeCpuMs, ms, cpuMs: (user + system) / 1000, maxRssMb: process.resourceUsage().maxRSS / 1024 }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
