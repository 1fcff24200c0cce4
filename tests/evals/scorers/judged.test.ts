import { expect, test } from "vitest";

import type { Case } from "../../../evals/case.ts";
import { executeCell } from "../../../evals/execute.ts";
import type { ScorerTools } from "../../../evals/scorer.ts";
import { singleScorer } from "./single-scorer.ts";
import type { OpenTarget } from "../../../evals/target.ts";
import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { unitVector } from "../../../core/embed.ts";

const USAGE = { inputTokens: 100, outputTokens: 20 };

async function scored(
  scorer: readonly [name: string, options: JsonValue],
  { output, expected }: { readonly output: string; readonly expected?: string },
  tools: Omit<ScorerTools, "signal">,
) {
  const given: Case = { id: "a", input: { question: "Which tea?" }, expected, group: undefined, mustPass: false };
  const target: OpenTarget = {
    identity: "fixed",
    pins: [],
    closures: {},
    check() {},
    run: async () => ({
      output,
      trace: { ms: 1, usage: { inputTokens: 10, outputTokens: 5 }, modelCalls: 1, costUsd: 0.5, tools: [], nodes: [] },
    }),
  };
  const scorers = [{ scorer: singleScorer(...scorer), gates: true }];
  return await executeCell({ target, case: given, scorers, signal: new AbortController().signal, tools });
}

/** A judge that says what it is told, and remembers what it was asked. */
function judgeSaying(answer: (input: JsonObject) => JsonObject) {
  const asked: JsonObject[] = [];
  const judge: NonNullable<ScorerTools["judge"]> = async (_prompt, input) => {
    asked.push(input);
    return { answer: answer(input), usage: USAGE, modelCalls: 1, costUsd: 0.25 };
  };
  return { judge, asked };
}

const CRITERION = { criterion: "It names a tea." };

test("a judge is told criterion, question, answer and reference; what it takes is counted", async () => {
  const { judge, asked } = judgeSaying(() => ({ reason: "It says oolong.", verdict: "fail", score: 0.3 }));
  const cell = await scored(["judge", CRITERION], { output: "Oolong", expected: "Green tea" }, { judge });
  expect(asked).toEqual([{ ...CRITERION, request: "Which tea?", answer: "Oolong", reference: "Green tea" }]);
  expect(cell).toMatchObject({
    outcome: "scored",
    scores: { "judge: It names a tea.": { score: 0.3, reason: "It says oolong." } },
    spent: { inputTokens: 110, outputTokens: 25, modelCalls: 2, costUsd: 0.75 },
  });
});

test.for([
  { name: "cannot tell", answer: { reason: "No tea here.", verdict: "unclear", score: 0.5 } },
  { name: "gives no score", answer: { reason: "Fine." } },
  { name: "gives a score above 1", answer: { verdict: "pass", score: 7 } },
])("a judge that $name leaves an error and no score", async ({ answer }) => {
  const cell = await scored(["judge", CRITERION], { output: "x" }, { judge: judgeSaying(() => answer).judge });
  expect(cell).toMatchObject({ outcome: "defect", error: expect.stringContaining("gave no score") });
});

test.for([
  { name: "the output in either place", better: "output", score: 1 },
  { name: "the reference in either place", better: "reference", score: 0 },
  { name: "whatever stands first", better: "first", score: 0.5 },
  { name: "neither", better: "equal", score: 0.5 },
])("of a pair that prefers $name the score is $score", async ({ better, score }) => {
  const { judge, asked } = judgeSaying(({ first }) => {
    if (better === "first" || better === "equal") return { reason: "So.", better };
    return { reason: "So.", better: (better === "output") === (first === "Oolong") ? "first" : "second" };
  });
  const cell = await scored(["pairwise", CRITERION], { output: "Oolong", expected: "Green" }, { judge });
  expect(cell).toMatchObject({ scores: { "pairwise: It names a tea.": { score } } });
  expect(asked.map(({ first, second }) => [first, second])).toEqual([
    ["Oolong", "Green"],
    ["Green", "Oolong"],
  ]);
});

test("a judge of pairs that names neither leaves an error", async () => {
  const { judge } = judgeSaying(() => ({ better: "both" }));
  const cell = await scored(["pairwise", CRITERION], { output: "a", expected: "b" }, { judge });
  expect(cell).toMatchObject({
    outcome: "defect",
    error: expect.stringContaining("did not say which answer is better"),
  });
});

const VECTORS: Readonly<Record<string, readonly number[]>> = { tea: [1, 0], brew: [4, 3], rock: [0, 1], anti: [-1, 0] };
const embed: ScorerTools["embed"] = async (texts) => texts.map((text) => unitVector(VECTORS[text] ?? [0, 0]));

test.for([
  { output: "tea", options: {}, score: 1 },
  { output: "brew", options: {}, score: 0.8 },
  { output: "anti", options: {}, score: 0 },
  { output: "brew", options: { atLeast: 0.75 }, score: 1 },
  { output: "rock", options: { atLeast: 0.75 }, score: 0 },
])("the meaning of $output scores $score with $options", async ({ output, options, score }) => {
  const cell = await scored(["embedding", options], { output, expected: "tea" }, { embed });
  const given = cell.outcome === "scored" ? cell.scores["embedding"]?.score : undefined;
  expect(given).toBeCloseTo(score, 5);
});

test("without anything that makes vectors the scorer says what to write", async () => {
  const cell = await scored(["embedding", {}], { output: "tea", expected: "tea" }, {});
  expect(cell).toMatchObject({ outcome: "defect", error: expect.stringContaining("nothing that makes vectors") });
});
