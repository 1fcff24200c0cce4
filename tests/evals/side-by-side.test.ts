import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type JsonObject, textOf } from "../../core/json.ts";
import { evaluate, type EvaluateOptions } from "../../evals/evaluate.ts";
import { createJournal, resumeJournal } from "../../evals/journal.ts";
import { type PlannedSuite, planDigest } from "../../evals/plan.ts";
import type { JudgeAnswer } from "../../evals/scorer.ts";
import { defineEval, type EvalSpec } from "../../evals/suite.ts";
import type { OpenTarget } from "../../evals/target.ts";
import { ModelError } from "../../models/model-error.ts";
import { BatonError } from "../../core/errors.ts";

const USAGE = { inputTokens: 10, outputTokens: 5 };
const NAME = "pairwise: It is kind.";
const PAIRWISE = { pairwise: { criterion: "It is kind.", against: "baseline" } };
let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-pairs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A target that answers a case by a function. */
function answering(name: string, answer: (at: number) => string): OpenTarget {
  return {
    identity: name,
    pins: [],
    closures: {},
    check() {},
    run: async ({ input }) => ({
      output: answer(Number(input["at"])),
      trace: { ms: 1, usage: USAGE, modelCalls: 1, costUsd: 0.1, tools: [], nodes: [] },
    }),
  };
}

type Prefers = (first: string, second: string) => "first" | "second" | "equal";

/** A judge that prefers by a rule, and notes the pairs that it was asked. */
function judgeThat(prefers: Prefers) {
  const asked: (readonly [string, string])[] = [];
  const judge = async (_prompt: string, { first, second }: JsonObject): Promise<JudgeAnswer> => {
    const pair = [textOf(first), textOf(second)] as const;
    asked.push(pair);
    return { answer: { better: prefers(...pair), reason: "So." }, usage: USAGE, modelCalls: 1 };
  };
  return { asked, toolsOf: () => ({ judge }) };
}

const kinder: Prefers = (first, second) => {
  const [one, other] = [first.includes("kind"), second.includes("kind")];
  return one === other ? "equal" : one ? "first" : "second";
};

interface Sides {
  readonly before: (at: number) => string;
  readonly after: (at: number) => string;
  readonly cases?: number;
  readonly spec?: Partial<EvalSpec>;
}

function plan({ before, after, cases = 70, spec = {} }: Sides): PlannedSuite {
  const suite = defineEval({
    name: "kindness",
    prompt: "answer",
    cases: Array.from({ length: cases }, (_, at) => ({ id: `c${at}`, input: { at } })),
    scorers: [PAIRWISE],
    ...spec,
  });
  return { suite, before: answering("before", before), after: answering("after", after) };
}

async function judged(planned: PlannedSuite, options: Partial<EvaluateOptions>) {
  const path = join(folder, `${(files += 1)}.jsonl`);
  const journal = createJournal(path, { format: 1, plan: "p", startedAt: 0, title: "pairs" });
  const { suites } = await evaluate({ suites: [planned], journal, seed: 1, concurrency: 4, ...options });
  journal.close();
  const [outcome] = suites;
  if (outcome === undefined) throw new Error("no outcome");
  return { outcome, path };
}

test("answers that lose against those of the baseline are a regression, although nothing else is scored", async () => {
  const { asked, toolsOf } = judgeThat(kinder);
  const { outcome } = await judged(plan({ before: (at) => `kind ${at}`, after: (at) => `cold ${at}` }), { toolsOf });
  expect(outcome).toMatchObject({
    verdict: "regression",
    totals: { scores: { [NAME]: 0 }, passed: 0 },
    baseline: { scores: { [NAME]: 1 } },
    comparison: { scorers: [{ name: NAME, gates: true, estimate: -1, verdict: "regression" }] },
  });
  // Both orders of each pair.
  expect(asked.slice(0, 2)).toEqual([asked[0], [asked[0]?.[1], asked[0]?.[0]]]);
  expect(outcome.pairs).toMatchObject({ cells: asked.length / 2, modelCalls: asked.length });
  expect(asked.length / 2).toBeLessThan(40);
});

test("a judge that prefers whatever stands first moves nothing", async () => {
  const { toolsOf } = judgeThat(() => "first");
  const { outcome } = await judged(plan({ before: (at) => `a ${at}`, after: (at) => `b ${at}` }), { toolsOf });
  expect(outcome).toMatchObject({ verdict: "pass", totals: { scores: { [NAME]: 0.5 }, passed: 70 } });
});

test("equal answers are a draw, without asking the judge", async () => {
  const { asked, toolsOf } = judgeThat(() => "first");
  const { outcome } = await judged(plan({ before: (at) => `a ${at}`, after: (at) => `a ${at}` }), { toolsOf });
  expect(asked).toEqual([]);
  expect(outcome).toMatchObject({ verdict: "pass", pairs: { modelCalls: 0 } });
});

test("answers that win in some cases and lose in none pass, and the case names what they won", async () => {
  const { toolsOf } = judgeThat(kinder);
  const planned = plan({ before: (at) => `cold ${at}`, after: (at) => (at % 2 === 0 ? `kind ${at}` : `cool ${at}`) });
  const { outcome } = await judged({ ...planned, isWhole: true }, { toolsOf });
  expect(outcome).toMatchObject({ verdict: "pass", totals: { scores: { [NAME]: 0.75 } } });
});

test("a side whose target failed by itself loses, and the judge is not asked", async () => {
  const { asked, toolsOf } = judgeThat(kinder);
  const planned = plan({ before: (at) => `cold ${at}`, after: () => "x", cases: 30 });
  const error = new BatonError("model-output-invalid", "no JSON");
  const trace = { ms: 1, usage: USAGE, modelCalls: 1, costUsd: 0.1, tools: [], nodes: [] };
  const after = { ...planned.after, run: async () => ({ error, trace }) };
  const { outcome } = await judged({ ...planned, after, isWhole: true }, { toolsOf });
  expect([outcome.verdict, outcome.totals.scores[NAME], asked.length]).toEqual(["regression", 0, 0]);
  // What a wrong answer took is counted.
  expect(outcome.totals).toMatchObject({ modelCalls: 30, inputTokens: 300, outputTokens: 150 });
});

test("pairs of which one side could not be reached say nothing", async () => {
  const { toolsOf } = judgeThat(kinder);
  const planned = plan({ before: (at) => `kind ${at}`, after: () => "x", cases: 10 });
  const error = new ModelError("503 from the model", { model: "m", retryable: true, status: 503 });
  const trace = { ms: 1, usage: { inputTokens: 0, outputTokens: 0 }, modelCalls: 0, tools: [], nodes: [] };
  const after = { ...planned.after, run: async () => ({ error, trace }) };
  const { outcome } = await judged({ ...planned, after }, { toolsOf });
  expect(outcome).toMatchObject({
    verdict: "inconclusive",
    why: expect.stringContaining("10 of 10 executions were lost"),
    totals: { scores: {} },
    pairs: { cells: 10, infrastructure: 10 },
  });
});

test("a judge that answers nonsense is a broken scorer, and what it took is counted", async () => {
  const said = { answer: { better: "both" }, usage: USAGE, modelCalls: 1 };
  const planned = plan({ before: (at) => `a ${at}`, after: (at) => `b ${at}`, cases: 3 });
  const { outcome } = await judged(planned, { toolsOf: () => ({ judge: async () => said }) });
  expect(outcome).toMatchObject({
    verdict: "regression",
    why: "3 executions met a broken scorer or case.",
    pairs: { defects: 3, modelCalls: 6, inputTokens: 60 },
  });
});

test("without a baseline such a scorer decides nothing, and says so", async () => {
  const { before: _before, ...planned } = plan({ before: String, after: String, cases: 3 });
  const { outcome } = await judged(planned, {});
  expect(outcome).toMatchObject({ verdict: "inconclusive", why: expect.stringContaining("name one with --baseline") });
  const both = plan({
    before: String,
    after: String,
    cases: 3,
    spec: { scorers: [PAIRWISE, { contains: { text: "" } }] },
  });
  const { before: _other, ...alone } = both;
  expect((await judged(alone, {})).outcome).toMatchObject({ verdict: "pass", totals: { scores: { contains: 1 } } });
});

test("killed at any line, a resumed run judges each pair once and reports the same", async () => {
  const planned = {
    ...plan({ before: (at) => `kind ${at}`, after: (at) => `cold ${at}`, cases: 3, spec: { repeats: 2 } }),
    isWhole: true,
  };
  const digest = planDigest([planned], { seed: 1 });
  const header = { format: 1, plan: digest, startedAt: 0, title: "pairs" } as const;
  const path = join(folder, "whole.jsonl");
  const journal = createJournal(path, header);
  const run = async (into: typeof journal) => {
    const { asked, toolsOf } = judgeThat(kinder);
    const { suites } = await evaluate({ suites: [planned], journal: into, seed: 1, concurrency: 3, toolsOf });
    into.close();
    return { asked, outcome: suites[0] };
  };
  const whole = await run(journal);
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  expect(lines).toHaveLength(1 + 3 * 2 * 3);
  for (let kept = 1; kept <= lines.length; kept++) {
    const torn = join(folder, "torn.jsonl");
    writeFileSync(torn, `${lines.slice(0, kept).join("\n")}\n{"suite":"kind`);
    const done = lines.slice(0, kept).filter((line) => line.includes('"side":"both"')).length;
    const again = await run(resumeJournal(torn, digest));
    expect(again.asked).toHaveLength((6 - done) * 2);
    expect(again.outcome).toMatchObject({
      verdict: whole.outcome?.verdict,
      why: whole.outcome?.why,
      totals: whole.outcome?.totals,
      baseline: whole.outcome?.baseline,
      pairs: whole.outcome?.pairs,
    });
  }
});

test("another criterion is another plan", () => {
  const plans = ["It is kind.", "It is short."].map((criterion) =>
    plan({
      before: String,
      after: String,
      spec: { scorers: [{ pairwise: { criterion, against: "baseline" }, name: "pair" }] },
    }),
  );
  expect(new Set(plans.map((one) => planDigest([one], { seed: 1 }))).size).toBe(2);
});

test("a report does not depend on which execution was finished first", async () => {
  const planned = { ...plan({ before: (at) => `kind ${at}`, after: (at) => `cold ${at}`, cases: 6 }), isWhole: true };
  const digest = planDigest([planned], { seed: 1 });
  const { toolsOf } = judgeThat(kinder);
  const path = join(folder, "first.jsonl");
  const journal = createJournal(path, { format: 1, plan: digest, startedAt: 0, title: "pairs" });
  const options = { suites: [planned], seed: 1, concurrency: 3, toolsOf };
  const whole = await evaluate({ ...options, journal });
  journal.close();
  const [header, ...lines] = readFileSync(path, "utf8").split("\n").slice(0, -1);
  writeFileSync(path, `${[header, ...lines.toReversed()].join("\n")}\n`);
  const again = resumeJournal(path, digest);
  expect(JSON.stringify((await evaluate({ ...options, journal: again })).suites)).toBe(JSON.stringify(whole.suites));
  again.close();
});
