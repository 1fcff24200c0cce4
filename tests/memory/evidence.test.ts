import { expect, test } from "vitest";

import { measureEvidence } from "../../bench/memory/evidence.ts";
import { madeUpConversations } from "../../bench/memory/made-up.ts";
import { measureRouting } from "../../bench/memory/routing.ts";

const CONVERSATIONS = madeUpConversations();

test("the turns that answer a question are recalled: the floors under what was reached", () => {
  const figures = measureEvidence(CONVERSATIONS);
  expect(figures.questions).toBe(256);
  expect(figures.recallAt5).toBeGreaterThan(0.86);
  expect(figures.recallAt10).toBeGreaterThan(0.94);
  expect(figures.mrr).toBeGreaterThan(0.87);
  expect(figures.recallAt1k).toBeGreaterThan(0.98);
  expect(figures.adversarialRecallAt10).toBeGreaterThan(0.98);
});

test("the modes of the router lose little of what `thorough` recalls and save calls", () => {
  const { thorough, balanced, cheap } = measureRouting(CONVERSATIONS);
  expect(thorough).toMatchObject({ recallLoss: 0, vectorCallsSaved: 0, sessionCallsSaved: 0 });
  expect(thorough.recall).toBeGreaterThan(0.95);
  expect(balanced.recallLoss).toBeLessThan(0.012);
  expect(balanced.vectorCallsSaved).toBeGreaterThan(0.34);
  expect(balanced.sessionCallsSaved).toBeGreaterThan(0.5);
  expect(cheap.recallLoss).toBeLessThan(0.029);
  expect(cheap.vectorCallsSaved).toBeGreaterThan(0.44);
});
