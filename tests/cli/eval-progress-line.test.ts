import { expect, test } from "vitest";

import { progressLine } from "../../cli/evals/eval-progress-line.ts";

const STATE = { done: 7, total: 20, below: 3, errors: 1, tokens: 4_812, place: "brief/write · capital (baseline)" };

test("fits a terminal's width in one line: what matters least is left out first", () => {
  expect([120, 80, 60, 40, 20].map((columns) => progressLine(STATE, columns))).toMatchInlineSnapshot(`
    [
      "███████░░░░░░░░░░░░░ 7 of 20 · 1 error · 3 below 1 · 4812 tokens · brief/write · capital (baseline)",
      "███████░░░░░░░░░░░░░ 7 of 20 · 1 error · 3 below 1 · 4812 tokens · brief/write …",
      "███████░░░░░░░░░░░░░ 7 of 20 · 1 error · 3 below 1",
      "███░░░░░ 7 of 20 · 1 error · 3 below 1",
      "███░░░░░ 7 of 20",
    ]
  `);
  for (let columns = 1; columns <= 200; columns++)
    expect([...progressLine(STATE, columns)].length).toBeLessThanOrEqual(columns);
});

test("a place that would drive the terminal is shown as plain text", () => {
  expect(progressLine({ ...STATE, place: "a\u001b[2J\nb ".repeat(3) }, 120)).toMatch(/ · a b a b a b$/u);
});
