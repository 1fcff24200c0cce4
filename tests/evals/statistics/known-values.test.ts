import fc from "fast-check";
import { expect, test } from "vitest";

import { bootstrapEvidence } from "../../../evals/statistics/bootstrap.ts";
import { holmAdjusted } from "../../../evals/statistics/holm.ts";
import { binomialTail, mcNemarChance } from "../../../evals/statistics/mcnemar.ts";
import { normalQuantile, normalShare } from "../../../evals/statistics/normal.ts";
import { differencesOf } from "../../../evals/statistics/pairs.ts";
import { shuffled } from "../../../evals/statistics/random.ts";
import { signFlipEvidence } from "../../../evals/statistics/sign-flip.ts";
import { ruleOfThree, wilsonInterval } from "../../../evals/statistics/wilson.ts";

const OPTIONS = { confidence: 0.95, seed: 7, resamples: 10_000 };

test("the normal distribution and its inverse agree with printed tables", () => {
  expect(normalShare(1.96)).toBeCloseTo(0.975_002_1, 7);
  expect(normalShare(-1)).toBeCloseTo(0.158_655_25, 8);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959_963_98, 8);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 10);
});

test("Wilson's interval agrees with the worked values of the literature", () => {
  // 10 of 20 and 0 of 10, as in Newcombe 1998 (Statistics in Medicine 17) and its calculators.
  expect(wilsonInterval(10, 20).low).toBeCloseTo(0.2993, 4);
  expect(wilsonInterval(10, 20).high).toBeCloseTo(0.7007, 4);
  expect(wilsonInterval(0, 10)).toMatchObject({ low: 0, high: expect.closeTo(0.2775, 4) });
  expect(wilsonInterval(81, 263)).toMatchObject({ low: expect.closeTo(0.2553, 4), high: expect.closeTo(0.3662, 4) });
  expect(wilsonInterval(0, 0)).toMatchObject({ low: 0, high: 1 });
  expect(ruleOfThree(60)).toBeCloseTo(0.05, 12);
});

test("McNemar's exact chance is the tail of fair coins", () => {
  expect(mcNemarChance({ worse: 5, better: 0 })).toBeCloseTo(1 / 32, 12);
  expect(mcNemarChance({ worse: 8, better: 2 })).toBeCloseTo(56 / 1024, 12);
  expect(mcNemarChance({ worse: 0, better: 0 })).toBe(1);
  expect(binomialTail(10, 0, 0.3)).toBe(1);
  expect(binomialTail(3, 3, 0.5)).toBeCloseTo(0.125, 12);
});

test("Holm multiplies the smallest by all, the next by one less, and never decreases", () => {
  const adjusted = holmAdjusted([0.01, 0.04, 0.03, 0.005]);
  expect(adjusted.map((chance) => Math.round(chance * 1000) / 1000)).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holmAdjusted([])).toEqual([]);
  expect(holmAdjusted([0.9, 0.9])).toEqual([1, 1]);
});

test("flipping signs gives the p-values of a count by hand", () => {
  // Four cases that all fell by different amounts: of 16 sign patterns only the one observed is so low.
  const fell = differencesOf(pairs([-0.1, -0.2, -0.3, -0.4]));
  expect(signFlipEvidence(fell, OPTIONS).chanceOfLess(0)).toBeCloseTo(1 / 16, 12);
  // Sums of the 8 patterns of ±1 ±2 ±4 are all different: −1 +2 −4 = −3 is the third lowest.
  const mixed = differencesOf(pairs([-0.1, 0.2, -0.4]));
  expect(signFlipEvidence(mixed, OPTIONS).chanceOfLess(0)).toBeCloseTo(3 / 8, 12);
});

test("with fewer than six cases nothing is ruled out", () => {
  expect(signFlipEvidence(differencesOf(pairs([-1, -1, -1, -1, -1])), OPTIONS)).toMatchObject({ low: -1, high: 1 });
  expect(signFlipEvidence(differencesOf(pairs([-1, -1, -1, -1, -1, -1])), OPTIONS)).toMatchObject({
    low: -1,
    high: -1,
  });
});

test("an interval holds exactly the values whose p-value is above its level", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 6, maxLength: 10 }), (tenths) => {
      const evidence = signFlipEvidence(differencesOf(pairs(tenths.map((value) => value / 20))), OPTIONS);
      expect(evidence.chanceOfLess(evidence.high)).toBeGreaterThan(0.025);
      expect(evidence.chanceOfLess(evidence.high + 1e-9)).toBeLessThanOrEqual(0.025);
      expect(evidence.low).toBeLessThanOrEqual(evidence.estimate + 1e-12);
      expect(evidence.high).toBeGreaterThanOrEqual(evidence.estimate - 1e-12);
    }),
  );
});

test("the bootstrap of many cases agrees with the normal interval", () => {
  const values = Array.from({ length: 400 }, (_, at) => (((at * 7919) % 400) / 400 - 0.5) / 2);
  const { estimate, low, high } = bootstrapEvidence(differencesOf(pairs(values)), OPTIONS);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / 399 / 400);
  expect(low).toBeCloseTo(estimate - 1.96 * deviation, 2);
  expect(high).toBeCloseTo(estimate + 1.96 * deviation, 2);
});

test("cases of one group widen the interval, since they rise and fall together", () => {
  const cases = Array.from({ length: 100 }, (_, at) => ({
    id: String(at),
    group: String(at % 10),
    before: [0.5],
    after: [0.5 + ((at % 10) - 4.5) / 20],
  }));
  const alone = cases.map(({ group: _group, ...rest }) => rest);
  const grouped = bootstrapEvidence(differencesOf(cases), OPTIONS);
  const single = bootstrapEvidence(differencesOf(alone), OPTIONS);
  expect(grouped.estimate).toBeCloseTo(single.estimate, 12);
  expect(grouped.high - grouped.low).toBeGreaterThan(2.5 * (single.high - single.low));
});

test("the same seed makes the same report, another seed another order", () => {
  const differences = differencesOf(pairs(Array.from({ length: 40 }, (_, at) => Math.sin(at) / 4)));
  const first = bootstrapEvidence(differences, OPTIONS);
  const again = bootstrapEvidence(differences, OPTIONS);
  expect([first.low, first.high]).toEqual([again.low, again.high]);
  const items = Array.from({ length: 50 }, (_, at) => at);
  expect(shuffled(items, 3)).toEqual(shuffled(items, 3));
  expect(shuffled(items, 3)).not.toEqual(shuffled(items, 4));
  expect(shuffled(items, 3).toSorted((left, right) => left - right)).toEqual(items);
});

function pairs(differences: readonly number[]) {
  return differences.map((difference, at) => ({ id: String(at), before: [0], after: [difference] }));
}
