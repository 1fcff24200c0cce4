import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, handoff, type JsonObject, node, tool, workflow } from "batonjs";
import { calls, scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const Desk = new StateSchema({ request: z.string(), summary: z.string().default(""), reply: z.string().default("") });

/** Triage hands refunds to billing, where a person has to approve the payment. */
function desk(paid: number[]) {
  const refund = tool({
    name: "refund",
    description: "Pays money back.",
    input: z.object({ amount: z.number() }),
    effect: "once",
    needsApproval: ({ amount }) => amount > 10,
    run: ({ amount }) => ({ receipt: `r${paid.push(amount)}` }),
  });
  const triage = agent(Desk, {
    prompt: "triage",
    reads: ["request"],
    writes: ["summary", "reply"],
    tools: [handoff("billing", { update: ["summary"] })],
  });
  const billing = agent(Desk, { prompt: "billing", reads: ["summary"], writes: ["reply"], tools: [refund] });
  const close = node(Desk, { reads: ["reply"], writes: ["reply"] }, ({ reply }) => ({ reply: `${reply}.` }));
  const graph = new StateGraph(Desk)
    .addNode("triage", triage, { ends: ["billing"] })
    .addNode("billing", billing)
    .addNode("close", close)
    .addEdge(START, "triage")
    .addEdge("billing", "close")
    .addEdge("close", END);
  return workflow({ id: "desk", graph });
}

const PROMPTS = {
  triage: '---\ninput:\n  schema:\n    request: string\n---\n{{role "user"}}\nTriage: {{request}}\n',
  billing: '---\ninput:\n  schema:\n    summary: string\n---\n{{role "user"}}\nBill: {{summary}}\n',
};
const HAND_OVER = { when: "Triage", answer: calls(["handoff_to_billing", { reason: "money", summary: "refund 20" }]) };
const PAY = { when: "Bill", answer: calls(["refund", { amount: 20 }]) };

async function waiting(script: Parameters<typeof scripted>[0]) {
  const paid: number[] = [];
  const model = scripted(script);
  const baton = await openBaton({ workflows: [desk(paid)], model, prompts: PROMPTS });
  const { id, result } = await baton.start("desk", { request: "my money" });
  const outcome = await result();
  expect(outcome).toMatchObject({
    status: "interrupted",
    state: { summary: "refund 20" },
    interrupts: [{ value: { kind: "approval", name: "refund", arguments: { amount: 20 }, node: "billing" } }],
  });
  const [interrupt] = outcome.interrupts ?? [];
  const shown: JsonObject = typeof interrupt?.value === "object" ? (interrupt.value as JsonObject) : {};
  return {
    baton,
    id,
    model,
    paid,
    interrupt: interrupt?.id ?? "",
    digest: JSON.stringify(shown["digest"]).slice(1, -1),
  };
}

test("a handed-over task waits before the payment, and pays once after a yes to exactly these arguments", async () => {
  const { baton, id, model, paid, digest } = await waiting([
    HAND_OVER,
    PAY,
    { when: '{"receipt":"r1"}', answer: { reply: "Paid" } },
  ]);
  expect(paid).toEqual([]);
  const outcome = await (await baton.resume(id, { answer: { approve: true, digest }, by: "ann" })).result();
  expect(outcome).toMatchObject({ status: "completed", state: { reply: "Paid." } });
  expect(paid).toEqual([20]);
  const events = await baton.events(id);
  expect(events).toContainEqual(expect.objectContaining({ type: "handed_off", to: "billing", reason: "money" }));
  expect(events.filter(({ type }) => type === "tool_called")).toHaveLength(1);
  model.assertUsedUp();
});

test("S22: a yes to other arguments, or to nothing in particular, is refused and pays nothing", async () => {
  const { baton, id, paid } = await waiting([HAND_OVER, PAY]);
  await expect(baton.resume(id, { answer: { approve: true, digest: "0".repeat(64) } })).rejects.toMatchObject({
    code: "approval-mismatch",
  });
  await expect(baton.resume(id, { answer: { approve: true } })).rejects.toMatchObject({ code: "answer-invalid" });
  await expect(baton.resume(id, { answer: "yes" })).rejects.toMatchObject({ code: "answer-invalid" });
  expect(await baton.run(id)).toMatchObject({ status: "interrupted" });
  expect(paid).toEqual([]);
});

test("S22: of two approvals at once one wins, and a replayed one changes nothing", async () => {
  const { baton, id, paid, interrupt } = await waiting([
    HAND_OVER,
    PAY,
    { when: "receipt", answer: { reply: "Paid" } },
  ]);
  const answer = { answer: { approve: true }, interrupt };
  const both = await Promise.allSettled([baton.resume(id, answer), baton.resume(id, answer)]);
  const won = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(won).toHaveLength(1);
  await won[0]?.result();
  await expect(baton.resume(id, answer)).rejects.toMatchObject({ code: "interrupt-already-answered" });
  expect(paid).toEqual([20]);
});

test("S22: an approval does not count for the next call, and a no is told to the model", async () => {
  const { baton, id, paid, interrupt } = await waiting([
    HAND_OVER,
    PAY,
    { when: "receipt", answer: calls(["refund", { amount: 20 }]) },
    { when: "A person refused this call: enough", answer: { reply: "Paid once" } },
  ]);
  const again = await (await baton.resume(id, { answer: { approve: true }, interrupt })).result();
  expect(again).toMatchObject({ status: "interrupted", interrupts: [{ value: { arguments: { amount: 20 } } }] });
  const second = again.interrupts?.[0]?.id ?? "";
  expect(second).not.toBe(interrupt);
  const no = { answer: { approve: false, reason: "enough" }, interrupt: second };
  expect(await (await baton.resume(id, no)).result()).toMatchObject({
    status: "completed",
    state: { reply: "Paid once." },
  });
  expect(paid).toEqual([20]);
});
