import { expect, test } from "vitest";

import type { JsonValue } from "../../../core/json.ts";
import type { Scored, Trace } from "../../../evals/scorer.ts";
import { singleScorer } from "./single-scorer.ts";

const QUIET: Trace = { ms: 12, usage: { inputTokens: 80, outputTokens: 20 }, modelCalls: 1, tools: [], nodes: [] };

interface Row {
  readonly scorer: string;
  readonly options?: JsonValue;
  readonly output: JsonValue;
  readonly expected?: JsonValue;
  readonly trace?: Partial<Trace>;
  readonly score: number;
}

const TOOLS = [
  { name: "search", arguments: { query: "tea", limit: 5 } },
  { name: "count", arguments: { text: "tea" } },
];
const NODES = [
  { node: "writer", step: 1, writes: ["draft"], state: { draft: "a first try" }, layers: ["session"] },
  { node: "critic", step: 2, writes: ["verdict"], state: { draft: "a first try", verdict: "revise" }, layers: [] },
  { node: "writer", step: 3, writes: ["draft"], state: { draft: "better", verdict: "revise" }, layers: [] },
];

test.for<Row>([
  { scorer: "exact", output: { answer: "tea" }, expected: "tea", score: 1 },
  { scorer: "exact", output: { a: 1, b: [2] }, expected: { b: [2], a: 1 }, score: 1 },
  { scorer: "exact", options: { at: "b[0]" }, output: { a: 1, b: [2] }, expected: { b: [3] }, score: 0 },
  { scorer: "exact", options: { at: "nothing" }, output: { a: 1 }, expected: 1, score: 0 },
  { scorer: "contains", output: "Green Tea is made", expected: ["green", "black"], score: 0.5 },
  { scorer: "contains", options: { text: "green", caseSensitive: true }, output: "Green Tea", score: 0 },
  { scorer: "regex", options: { pattern: String.raw`^\d+ cups$` }, output: "12 cups", score: 1 },
  { scorer: "regex", options: { pattern: "^CUPS$", flags: "iu" }, output: "cup", score: 0 },
  { scorer: "levenshtein", output: "kitten", expected: "sitting", score: 1 - 3 / 7 },
  { scorer: "levenshtein", output: "", expected: "", score: 1 },
  { scorer: "json-schema", options: { schema: { type: "object", required: ["n"] } }, output: { m: 1, k: 2 }, score: 0 },
  { scorer: "json-diff", output: { a: 1, b: { c: [1, 2] } }, expected: { a: 1, b: { c: [1, 3] } }, score: 2 / 3 },
  { scorer: "json-diff", output: {}, expected: { a: 1 }, score: 0 },
  { scorer: "numeric", options: { tolerance: 0.1, relative: true }, output: { n: 95 }, expected: 100, score: 1 },
  { scorer: "numeric", output: { n: "many" }, expected: 100, score: 0 },
  { scorer: "list-overlap", output: ["a", "b", "b"], expected: ["b", "c"], score: 0.4 },
  { scorer: "list-overlap", output: [], expected: [], score: 1 },
  { scorer: "cost", options: { tokens: 100 }, output: "", score: 1 },
  { scorer: "cost", options: { tokens: 99 }, output: "", score: 0 },
  { scorer: "cost", options: { usd: 0.01 }, output: "", trace: { costUsd: 0.02 }, score: 0 },
  { scorer: "latency", options: { ms: 10 }, output: "", score: 0 },
  { scorer: "trajectory", options: { tools: ["search", "count"] }, output: "", trace: { tools: TOOLS }, score: 1 },
  { scorer: "trajectory", options: { tools: ["count", "search"] }, output: "", trace: { tools: TOOLS }, score: 0 },
  {
    scorer: "trajectory",
    options: { mode: "unordered", tools: ["count", { name: "search", arguments: { query: "tea" } }] },
    output: "",
    trace: { tools: TOOLS },
    score: 1,
  },
  {
    scorer: "trajectory",
    options: { mode: "subset", tools: ["search"] },
    output: "",
    trace: { tools: TOOLS },
    score: 0,
  },
  {
    scorer: "trajectory",
    options: { mode: "subset", tools: ["search", "count", "pay"] },
    output: "",
    trace: { tools: TOOLS },
    score: 1,
  },
  {
    scorer: "trajectory",
    options: { mode: "superset", tools: ["search"] },
    output: "",
    trace: { tools: TOOLS },
    score: 1,
  },
  {
    scorer: "trajectory",
    options: { mode: "superset", tools: ["search", "search"] },
    output: "",
    trace: { tools: TOOLS },
    score: 0,
  },
  { scorer: "trajectory", options: { mode: "strict", tools: [] }, output: "", score: 1 },
  {
    scorer: "state",
    options: { after: "writer", field: "draft", equals: "better" },
    output: "",
    trace: { nodes: NODES },
    score: 1,
  },
  {
    scorer: "state",
    options: { after: "critic", field: "draft", writtenBy: "writer" },
    output: "",
    trace: { nodes: NODES },
    score: 1,
  },
  {
    scorer: "state",
    options: { after: "critic", field: "verdict", writtenBy: "writer" },
    output: "",
    trace: { nodes: NODES },
    score: 0,
  },
  {
    scorer: "state",
    options: { after: "writer", layer: "session" },
    output: "",
    trace: { nodes: NODES.slice(0, 1) },
    score: 1,
  },
  { scorer: "state", options: { after: "writer", layer: "vector" }, output: "", trace: { nodes: NODES }, score: 0 },
  { scorer: "state", options: { after: "writer", times: 2 }, output: "", trace: { nodes: NODES }, score: 1 },
  {
    scorer: "state",
    options: { after: "editor", field: "draft", equals: "better" },
    output: "",
    trace: { nodes: NODES },
    score: 0,
  },
])("$scorer $options scores $output as $score", async ({ scorer, options, output, expected, trace, score }) => {
  const scored: Scored = { input: {}, output, expected, trace: { ...QUIET, ...trace } };
  const result = await singleScorer(scorer, options ?? {}).score(scored);
  expect(result.score).toBeCloseTo(score, 10);
  expect(result.reason === undefined).toBe(score === 1);
});

test.for([
  ["magic", {}],
  ["contains", { texts: "a" }],
  ["regex", {}],
  ["regex", { pattern: "(" }],
  ["regex", { pattern: "a", flags: "g" }],
  ["numeric", { tolerance: -1 }],
  ["cost", {}],
  ["cost", { usd: 1, tokens: 1 }],
  ["state", { after: "writer" }],
  ["state", { after: "writer", equals: "x" }],
  ["trajectory", { tools: [], mode: "loose" }],
  ["json-schema", { schema: { $ref: "#/$defs/missing" } }],
] as const)("refuses the scorer %s with %j", async ([name, options]) => {
  const made = async () =>
    await singleScorer(name, options).score({ input: {}, output: "a", expected: "a", trace: QUIET });
  await expect(made()).rejects.toMatchObject({ code: "suite-invalid" });
});

test("a comparison with nothing is a mistake of the suite, not a score", () => {
  const scored = { input: {}, output: "tea", expected: undefined, trace: QUIET };
  expect(() => singleScorer("exact", {}).score(scored)).toThrow(expect.objectContaining({ code: "suite-invalid" }));
});

test("S09: an evil pattern is ended and leaves an error, and the next text is scored", async () => {
  const evil = singleScorer("regex", { pattern: "^(a+)+$" });
  const scored = (output: string): Scored => ({ input: {}, output, expected: undefined, trace: QUIET });
  await expect(evil.score(scored(`${"a".repeat(40)}!`))).rejects.toMatchObject({ code: "scorer-timed-out" });
  await expect(evil.score(scored("aaa"))).resolves.toEqual({ score: 1 });
});

const PASSAGES = [
  { text: "Tea is a leaf.", meta: { file: "tea.md", line: 3 } },
  { text: "Coffee is a\n bean.", meta: { file: "coffee.md", line: 1 } },
];
const QUOTED = {
  at: "notes",
  cites: ["file", "line"],
  among: "recalled",
  by: ["meta.file", "meta.line"],
  quote: "quote",
};
const NOTE = { quote: "a leaf", file: "tea.md", line: 3 };

test.for<{ readonly name: string; readonly notes: JsonValue; readonly score: number }>([
  { name: "as they stand", notes: [NOTE, { quote: "a bean", file: "coffee.md", line: 1 }], score: 1 },
  { name: "of another place", notes: [NOTE, { ...NOTE, line: 4 }], score: 0.5 },
  { name: "that stand in another passage", notes: [{ ...NOTE, quote: "a bean" }], score: 0 },
  { name: "of nothing", notes: [{ ...NOTE, quote: "" }], score: 0 },
  { name: "that are none", notes: [], score: 0 },
])("citations scores quotes $name as $score", async ({ notes, score }) => {
  const scored: Scored = { input: {}, recalled: PASSAGES, output: { notes }, expected: undefined, trace: QUIET };
  expect(await singleScorer("citations", QUOTED).score(scored)).toMatchObject({ score });
});

test("citations wants at least one number of the list with each sentence", async () => {
  const scorer = singleScorer("citations", { at: "draft", cites: "numbers", among: "notes", by: "number" });
  const draft = [{ numbers: [1, 2] }, { numbers: [] }, { numbers: [3] }, { text: "none" }];
  const input = { notes: [{ number: 1 }, { number: 2 }] };
  const scored: Scored = { input, output: { draft }, expected: undefined, trace: QUIET };
  expect(await scorer.score(scored)).toMatchObject({ score: 0.25 });
});

test("what does not fit a schema is named with its place, and what stands there", async () => {
  const schema = { type: "object", properties: { parts: { type: "array", items: { required: ["cites"] } } } };
  const output = { long: "x".repeat(500), parts: [{ cites: 1 }, { text: "bare" }] };
  const scored = { input: {}, output, expected: undefined, trace: QUIET };
  expect(await singleScorer("json-schema", { schema }).score(scored)).toEqual({
    score: 0,
    reason: expect.stringMatching(/^`parts\[1\]` does not fit the schema: .*cites.* It is `\{"text":"bare"\}`\.$/u),
  });
});
