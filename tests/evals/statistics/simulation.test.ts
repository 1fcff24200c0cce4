import { expect, test } from "vitest";

import { compare } from "../../../evals/statistics/compare.ts";
import { createEarlyStop } from "../../../evals/statistics/early-stop.ts";
import { judge } from "../../../evals/statistics/gate.ts";
import { mean, type PairedCase } from "../../../evals/statistics/pairs.ts";
import { createRandom, type Random } from "../../../evals/statistics/random.ts";

const MARGIN = 0.05;
const TRIALS = 1000;

interface Plan {
  readonly cases: number;
  readonly repeats: number;
  /** How much lower each case's chance to pass is afterwards. */
  readonly drop: number;
}

/**
 * Cases as evals have them: most are easy, some are hard. Every case falls by `drop`, which none is too hard for, so the true difference is
 * known. The mix has the variance of the simulation that the figures of docs/evals.md come from: one repeat of a case differs by 0.2.
 */
function simulate({ cases, repeats, drop }: Plan, random: Random): readonly PairedCase[] {
  return Array.from({ length: cases }, (_, at) => {
    const chance = random.fraction() < 0.85 ? 0.92 + random.fraction() * 0.08 : 0.3 + random.fraction() * 0.3;
    const tries = (p: number) => Array.from({ length: repeats }, () => (random.fraction() < p ? 1 : 0));
    return { id: String(at), before: tries(chance), after: tries(chance - drop) };
  });
}

function share(plan: Plan, hit: (cases: readonly PairedCase[], trial: number) => boolean): number {
  const random = createRandom(20_261);
  let hits = 0;
  for (let trial = 0; trial < TRIALS; trial++) if (hit(simulate(plan, random), trial)) hits += 1;
  return hits / TRIALS;
}

test.for([
  { cases: 50, repeats: 5, drop: 0 },
  { cases: 50, repeats: 5, drop: 0.1 },
  { cases: 200, repeats: 1, drop: 0.1 },
  { cases: 24, repeats: 5, drop: 0.1 },
])("of the 95 % intervals of $cases × $repeats, drop $drop, 93–97 % hold the truth", (plan) => {
  const covered = share(plan, (cases, trial) => {
    const { low, high } = compare(cases, { seed: trial, resamples: 1000 });
    return low <= -plan.drop && -plan.drop <= high;
  });
  expect(covered).toBeGreaterThanOrEqual(0.93);
  expect(covered).toBeLessThanOrEqual(0.97);
});

test.for([
  { cases: 50, repeats: 1, drop: 0 },
  { cases: 50, repeats: 5, drop: 0 },
  { cases: 14, repeats: 3, drop: 0 },
])("without a drop at most 5 % of $cases × $repeats are called a regression", (plan) => {
  expect(share(plan, (cases, trial) => verdictOf(cases, trial) === "regression")).toBeLessThanOrEqual(0.05);
});

test("a true drop of 0.10 at 50 cases × 5 repeats is found in at least 90 %", () => {
  const found = share({ cases: 50, repeats: 5, drop: 0.1 }, (cases, trial) => verdictOf(cases, trial) === "regression");
  expect(found).toBeGreaterThanOrEqual(0.9);
});

test("a drop as large as the margin passes in at most 5 %", () => {
  const passed = share(
    { cases: 50, repeats: 5, drop: MARGIN },
    (cases, trial) => stopEarly(cases, trial).verdict === "pass",
  );
  expect(passed).toBeLessThanOrEqual(0.05);
});

test("looking after every case calls at most 5 % a regression that are none", () => {
  const called = share(
    { cases: 50, repeats: 5, drop: 0 },
    (cases, trial) => stopEarly(cases, trial).verdict === "regression",
  );
  expect(called).toBeLessThanOrEqual(0.05);
});

test("on a clear effect at least 40 % of the cases are saved, and it is still found", () => {
  const plan = { cases: 50, repeats: 5, drop: 0.3 };
  let used = 0;
  const found = share(plan, (cases, trial) => {
    const stopped = stopEarly(cases, trial);
    used += stopped.cases;
    return stopped.verdict === "regression";
  });
  expect(found).toBeGreaterThanOrEqual(0.99);
  expect(1 - used / (TRIALS * plan.cases)).toBeGreaterThanOrEqual(0.4);
});

function verdictOf(cases: readonly PairedCase[], seed: number) {
  const scorer = { name: "exact", gates: true, cases, mustPass: new Set<string>() };
  return judge([scorer], { margin: MARGIN, seed, resamples: 1000 }).verdict;
}

/** What a run comes to that may stop after each case; one that does not stop is judged at its end. */
function stopEarly(cases: readonly PairedCase[], seed: number) {
  const stop = createEarlyStop({ margin: MARGIN, scorers: ["exact"] });
  for (const [at, { before, after }] of cases.entries()) {
    stop.see({ exact: mean(after) - mean(before) });
    if (stop.verdict !== undefined) return { verdict: stop.verdict, cases: at + 1 };
  }
  return { verdict: verdictOf(cases, seed), cases: cases.length };
}
