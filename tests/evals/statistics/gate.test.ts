import { expect, test } from "vitest";

import { type GatedScorer, judge } from "../../../evals/statistics/gate.ts";
import type { PairedCase } from "../../../evals/statistics/pairs.ts";

const MARGIN = { margin: 0.05, seed: 1, resamples: 2000 };

test("a proven drop beyond the margin is a regression", () => {
  const { verdict, scorers } = judge([scorer(cases(60, [1], (at) => [at % 3 === 0 ? 0 : 1]))], MARGIN);
  expect(verdict).toBe("regression");
  expect(scorers[0]).toMatchObject({ method: "mcnemar", verdict: "regression", broken: [] });
});

test("a proven drop that is smaller than the margin is no regression", () => {
  const { verdict, scorers } = judge([scorer(cases(400, [1, 1], () => [1, 0.96]))], MARGIN);
  expect(scorers[0]?.high).toBeLessThan(0);
  expect(verdict).toBe("pass");
});

test("few cases decide nothing, and how many would is said", () => {
  const { verdict, scorers } = judge([scorer(cases(12, [1], (at) => [at === 0 ? 0 : 1]))], MARGIN);
  expect(verdict).toBe("inconclusive");
  expect(scorers[0]?.needed?.cases).toBeGreaterThan(12);
});

test("twenty equal cases do not prove that no case can fall; sixty-one do, to the margin", () => {
  expect(judge([scorer(cases(20, [1], () => [1]))], MARGIN)).toMatchObject({
    verdict: "inconclusive",
    scorers: [{ needed: { cases: 60 } }],
  });
  expect(judge([scorer(cases(61, [1], () => [1]))], MARGIN).verdict).toBe("pass");
});

test("noise between repeats is answered with more repeats", () => {
  const noisy = cases(40, [1, 0], (at) => (at % 2 === 0 ? [1, 0] : [0, 1]));
  const shaken = noisy.map((entry, at) =>
    at < 6 ? { ...entry, after: [0, 0] } : at < 9 ? { ...entry, after: [1, 1] } : entry,
  );
  const { scorers } = judge([scorer(shaken)], MARGIN);
  expect(scorers[0]?.verdict).toBe("inconclusive");
  expect(scorers[0]?.needed?.repeats).toBeGreaterThan(2);
});

test("a must-pass case that never failed may not fail at all", () => {
  const many = cases(200, [1], (at) => [at === 17 ? 0 : 1]);
  expect(judge([scorer(many)], MARGIN).verdict).toBe("pass");
  expect(judge([scorer(many, ["17"])], MARGIN)).toMatchObject({ verdict: "regression", scorers: [{ broken: ["17"] }] });
});

test("a must-pass case that flakes may flake as before, and not more", () => {
  const flaky = (after: readonly number[]) => [
    ...cases(99, [1], () => [1]),
    { id: "flaky", before: [1, 1, 0, 1, 0, 1, 1, 1, 1, 1], after },
  ];
  expect(judge([scorer(flaky([1, 0, 1, 0, 1, 1, 0, 1, 1, 1]), ["flaky"])], MARGIN).scorers[0]?.broken).toEqual([]);
  expect(judge([scorer(flaky([0, 0, 0, 0, 1, 1, 0, 1, 0, 0]), ["flaky"])], MARGIN).scorers[0]?.broken).toEqual([
    "flaky",
  ]);
});

test("one regression among many scorers must be stronger than chance allows for all of them", () => {
  const slight = scorer(cases(60, [1], (at) => [at < 6 ? 0 : 1]));
  expect(judge([slight], MARGIN).verdict).toBe("regression");
  const calm = Array.from({ length: 9 }, (_, at) => ({ ...scorer(cases(80, [1], () => [1])), name: `calm ${at}` }));
  const together = judge([slight, ...calm], MARGIN);
  expect(together.verdict).toBe("inconclusive");
  expect(together.scorers[0]?.adjustedChance).toBeCloseTo(10 / 64, 6);
});

test("a scorer that only informs decides nothing", () => {
  const fell = { ...scorer(cases(60, [1], () => [0])), gates: false };
  const held = { ...scorer(cases(80, [1], () => [1])), name: "held" };
  const judged = judge([fell, held], MARGIN);
  expect(judged.verdict).toBe("pass");
  expect(judged.scorers[0]?.verdict).toBe("regression");
  expect(judge([fell], MARGIN).verdict).toBe("inconclusive");
});

test("a case without a score on one side leaves the pair", () => {
  const holes = cases(80, [1], (at) => (at < 10 ? [] : [1]));
  expect(judge([scorer(holes)], MARGIN).scorers[0]).toMatchObject({ cases: 70, verdict: "pass" });
  expect(judge([scorer(cases(5, [1], () => []))], MARGIN)).toMatchObject({
    verdict: "inconclusive",
    scorers: [{ method: "none" }],
  });
});

function cases(
  count: number,
  before: readonly number[],
  after: (at: number) => readonly number[],
): readonly PairedCase[] {
  return Array.from({ length: count }, (_, at) => ({ id: String(at), before, after: after(at) }));
}

function scorer(pairs: readonly PairedCase[], mustPass: readonly string[] = []): GatedScorer {
  return { name: "exact", gates: true, cases: pairs, mustPass: new Set(mustPass) };
}
