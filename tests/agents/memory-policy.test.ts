import { StateSchema } from "@langchain/langgraph";
import { agent, type MemoryPolicy } from "batonjs";
import { scripted, testConfig } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { route } from "../../memory/router.ts";

const Ask = new StateSchema({ question: z.string(), answer: z.string().default("") });

type Policy = MemoryPolicy<{ question: string }>;

function answering(memory: Policy | (() => Policy)) {
  return agent(Ask, { prompt: "answer", reads: ["question"], writes: ["answer"], memory });
}

/** A policy as plain JavaScript or a file of settings may hold it. */
function policyOf(fields: object): Policy {
  // What is wrong in it is what the tests are about.
  return { layers: ["vector"], ...fields } as Policy;
}

const WRONG: readonly (readonly [what: string, fields: object, said: string])[] = [
  ["an expression that is none", { rules: [{ when: "invoice(", layers: ["vector"] }] }, "`invoice(` is no regular"],
  ["a rule for a layer that there is not", { rules: [{ when: "a", layers: ["redis"] }] }, "the layer `redis`"],
  ["a layer that there is not", { layers: ["long-term"] }, "not `long-term`"],
  ["a mode that there is not", { mode: "cheapest" }, "`mode`"],
  ["an `onDown` that there is not", { onDown: "ignore" }, "`onDown`"],
  ["a place to remember that there is not", { remember: "context" }, "`remember`"],
  ["a limit that is none", { limit: 0 }, "`limit`"],
  ["a budget that is none", { budgetTokens: Number.NaN }, "`budgetTokens`"],
];

test.each(WRONG)("an agent whose memory has %s is refused when it is defined", (_what, fields, said) => {
  expect(() => answering(policyOf(fields))).toThrow(
    expect.objectContaining({ code: "workflow-invalid", message: expect.stringContaining(said) }),
  );
});

test.each(WRONG)(
  "a function that makes a policy with %s fails its node with the same words",
  async (_what, fields, said) => {
    const run = answering(() => policyOf(fields))({ question: "Why?" }, testConfig({ model: scripted([]) }));
    await expect(run).rejects.toMatchObject({ code: "workflow-invalid", message: expect.stringContaining(said) });
  },
);

test("a node that recalls by a rule that is no expression is told so", () => {
  const inputs = { text: "an invoice", mode: "thorough", allowed: ["vector"], present: ["vector"], best: {} } as const;
  expect(() => route({ ...inputs, rules: [{ when: "*", layers: ["vector"] }] })).toThrow(
    expect.objectContaining({ code: "workflow-invalid" }),
  );
});
