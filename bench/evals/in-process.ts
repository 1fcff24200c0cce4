// A process of its own: 5,000 cases through a template, an echo and `contains`, with the journal on disk. Prints its figures as JSON.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { evaluate } from "../../dist/evals/evaluate.js";
import { createJournal } from "../../dist/evals/journal.js";
import { promptTarget } from "../../dist/evals/prompt-target.js";
import { defineEval } from "../../dist/evals/public.js";
import { PromptLibrary } from "../../dist/prompts/library.js";

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
