import { expect, test } from "vitest";

import { answerHint } from "../../cli/answer-hint.ts";

test("says how to approve a tool call, and leaves the answer to other questions open", () => {
  const place = { run: "r1", id: "approval-1" };
  expect(answerHint({ ...place, value: { kind: "approval", name: "refund" } })).toBe(
    `Answer with: baton resume r1 --interrupt approval-1 --answer '{"approve":true}'`,
  );
  expect(answerHint({ ...place, value: { question: "Right?" } })).toContain("--answer '<json>'");
});
