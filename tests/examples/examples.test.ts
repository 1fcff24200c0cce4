import type { Baton, Model } from "batonjs";
import { calls, scripted, type ScriptedAnswer } from "batonjs/testing";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";

import { parseSessionId } from "../../core/ids.ts";
import { filesOf } from "../../examples/code-review/diff.ts";
import { refunds } from "../../examples/support-desk/refunds.ts";
import { expectFitting } from "../support/fitting-events.ts";
import { INPUTS } from "./inputs.ts";
import { createExamples, openExamples } from "./workflows.ts";

it("runs every example to its end with no model and no server", async () => {
  const baton = await openExamples();
  const names = baton.workflows.map(({ id }) => id).filter((id) => id !== "research" && id !== "steps");
  expect(Object.keys(INPUTS).toSorted()).toEqual(names.toSorted());
  for (const name of names) {
    const handle = await baton.start(name, INPUTS[name]);
    const { status, error, state } = await handle.result();
    expectFitting(await baton.events(handle.id));
    expect({ name, status, error: error?.message }).toEqual({ name, status: "completed", error: undefined });
    // What comes last is what the user asked for: without a model it is quoted from the input, and never empty.
    expect({ name, result: Object.values(state).at(-1) }).toEqual({
      name,
      result: expect.stringMatching(/\w{3}.* .*\w/su),
    });
  }
});

/** The model of the test under way; all tests share one Baton. */
let model = scripted([]);
let baton: Baton;
const played: Model = {
  ref: "played",
  settings: {},
  check: () => undefined,
  probe: async () => "plays a script",
  generate: async (request, options) => await model.generate(request, options),
};
let close: () => Promise<void>;

beforeAll(async () => {
  ({ baton, close } = await createExamples(played));
});
afterAll(async () => await close());

async function play(name: string, script: readonly ScriptedAnswer[]) {
  model = scripted(script);
  const handle = await baton.start(name, INPUTS[name]);
  const outcome = await handle.result();
  expectFitting(await baton.events(handle.id));
  return { handle, outcome };
}

test("the pipeline hands each agent what the one before it wrote", async () => {
  const { outcome } = await play("pipeline", [
    { when: "Plan an article", answer: { outline: ["Leaves rot.", "Drying helps."] } },
    { when: "- Drying helps.", answer: { draft: "A draft." } },
    { when: "Edit this draft:\nA draft.", answer: { article: "An article." } },
  ]);
  expect(outcome.state).toMatchObject({ article: "An article." });
  model.assertUsedUp();
});

test("the fan-out asks three agents in one step and the judge once, after all of them", async () => {
  const { outcome } = await play("fan-out", [
    { when: "speaks for it", answer: { benefits: ["Saves heating."] } },
    { when: "speaks against it", answer: { risks: ["No calls."] } },
    { when: "costs in money", answer: { costs: ["None."] } },
    { when: '["No calls."]', answer: { report: "Do it." } },
  ]);
  expect(outcome.state).toMatchObject({ report: "Do it." });
  expect(outcome.steps.map(({ step, node }) => `${step} ${node}`).toSorted()).toEqual([
    "1 accountant",
    "1 optimist",
    "1 sceptic",
    "2 judge",
  ]);
});

describe("the writer and the critic", () => {
  const draft = (text: string): ScriptedAnswer => ({ when: "exactly one new draft", answer: { drafts: text } });
  const verdict = (word: string): ScriptedAnswer => ({
    when: "judge the last draft",
    answer: { criticism: "Shorter.", verdict: word },
  });

  it("stop when the critic is content", async () => {
    const { outcome } = await play("writer-critic", [draft("One"), verdict("revise"), draft("Two"), verdict("send")]);
    expect(outcome.state).toMatchObject({ drafts: ["One", "Two"], result: "Two" });
    model.assertUsedUp();
  });

  it("stop after three drafts when the critic never is", async () => {
    const script = ["One", "Two", "Three"].flatMap((text) => [draft(text), verdict("revise")]);
    const { outcome } = await play("writer-critic", script);
    expect(outcome).toMatchObject({ status: "completed", state: { result: "Three" } });
    model.assertUsedUp();
  });
});

test("the map-reduce shows each summariser one document and joins in their order", async () => {
  const { outcome, handle } = await play("map-reduce", [
    { when: '"Prices"', answer: { summaries: ["Prices: ten euros."] } },
    { when: '"Contract"', answer: { summaries: ["Contract: nothing."] } },
    { when: "- Prices: ten euros.\n- Contract: nothing.", answer: { answer: "Ten euros." } },
  ]);
  expect(outcome.state).toMatchObject({ answer: "Ten euros." });
  const asked = model.requests.map(({ messages }) => messages.at(-1)?.content ?? "");
  expect(asked.filter((text) => text.includes("Prices") && text.includes('"Contract"'))).toEqual([]);
  expect(await baton.why(handle.id, "summaries[1]")).toMatchObject({ writtenBy: { node: "summariser" } });
});

test("the code review asks once for each file and sorts what was found", async () => {
  const { outcome } = await play("code-review", [
    { when: "The file sum.ts", answer: { findings: [{ path: "sum.ts", severity: "blocker", text: "Subtracts." }] } },
    { when: "The file notes.md", answer: { findings: [{ path: "notes.md", severity: "remark", text: "Is it?" }] } },
  ]);
  expect(outcome.state["report"]).toBe(
    "2 files, 2 findings\n- blocker: `sum.ts` Subtracts.\n- remark: `notes.md` Is it?",
  );
});

test("a diff is taken apart by file, deleted ones included and binary ones left out", () => {
  const diff = [
    "diff --git a/old.ts b/old.ts\ndeleted file mode 100644\n--- a/old.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
    "diff --git a/a.png b/a.png\nBinary files a/a.png and b/a.png differ\n",
    "diff --git a/new.ts b/new.ts\n--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+y\n",
  ].join("");
  expect(filesOf(diff).map(({ path }) => path)).toEqual(["old.ts", "new.ts"]);
  expect(filesOf("no diff at all")).toEqual([]);
});

describe("the support desk", () => {
  const handover: ScriptedAnswer = {
    when: "You are the first to read",
    answer: calls(["handoff_to_billing", { reason: "money", summary: "Wants order 7 back." }]),
  };
  const wish: ScriptedAnswer = { when: "Wants order 7 back.", answer: calls(["refund", { order: "7", euros: 45 }]) };

  it("hands over, waits for a person's yes, and pays once", async () => {
    const before = refunds.count();
    const { handle, outcome } = await play("support-desk", [
      handover,
      wish,
      { when: "payment", answer: { answer: "You get 45 euros." } },
    ]);
    expect(outcome).toMatchObject({
      status: "interrupted",
      interrupts: [{ value: { kind: "approval", name: "refund", arguments: { order: "7", euros: 45 } } }],
    });
    expect(refunds.count()).toBe(before);
    const answer = { answer: { approve: true }, interrupt: outcome.interrupts?.[0]?.id ?? "", by: "ann" };
    const done = await (await baton.resume(handle.id, answer)).result();
    expect(done).toMatchObject({ status: "completed", state: { answer: "You get 45 euros." } });
    expect(refunds.count()).toBe(before + 1);
    model.assertUsedUp();
  });

  it("pays nothing after a no, and tells the model why", async () => {
    const before = refunds.count();
    const { handle, outcome } = await play("support-desk", [
      handover,
      wish,
      { when: "too late", answer: { answer: "Sorry, it is too late." } },
    ]);
    const answer = {
      answer: { approve: false, reason: "it is too late" },
      interrupt: outcome.interrupts?.[0]?.id ?? "",
    };
    const done = await (await baton.resume(handle.id, answer)).result();
    expect(done).toMatchObject({ status: "completed", state: { answer: "Sorry, it is too late." } });
    expect(refunds.count()).toBe(before);
  });

  it("shows an agent what fits the question of the state, the session and the handbook", async () => {
    const handOver: ScriptedAnswer = {
      when: "You are the first",
      answer: calls(["handoff_to_technical", { reason: "broken", summary: "No sound." }]),
    };
    const records = ["Bought a speaker on 3 May.", "Lives in Lyon.", "Ordered tea on 7 June."];
    model = scripted([
      handOver,
      { when: "step by step", answer: { answer: "Charge the battery of the speaker." } },
      handOver,
      { when: "step by step", answer: { answer: "Then it is muted." } },
    ]);
    for (const question of [
      "The speaker has no sound.",
      "The speaker still has no sound, what was that about the battery?",
    ])
      await (
        await baton.start("support-desk", { question, records }, { session: parseSessionId("customer-2") })
      ).result();
    const seen = model.requests.at(-1)?.messages.at(-1)?.content ?? "";
    expect(seen).toContain("[context records(0)] Bought a speaker on 3 May.");
    expect(seen).toMatch(/\[technical, \d{4}-\d\d-\d\d\] Charge the battery of the speaker\./u);
    expect(seen).toContain("[speaker.md] A speaker without sound is mostly muted");
    model.assertUsedUp();
  });

  it("remembers in a session what it answered before", async () => {
    model = scripted([
      {
        when: "You are the first",
        answer: calls(["handoff_to_technical", { reason: "broken", summary: "No sound." }]),
      },
      { when: "step by step", answer: { answer: "Turn up the volume of the speaker." } },
      { when: "You are the first", answer: { summary: "", answer: "As I said: the volume of the speaker." } },
    ]);
    for (const question of ["The speaker has no sound.", "What was that about the volume of the speaker?"])
      await (await baton.start("support-desk", { question }, { session: parseSessionId("customer-1") })).result();
    expect(model.requests.at(-1)?.messages.at(-1)?.content).toContain("Turn up the volume of the speaker.");
    model.assertUsedUp();
  });
});

test("the supervisor sends the numbers to the one who calculates", async () => {
  const lead = (next: string, instruction: string): ScriptedAnswer => ({
    when: "You lead a team",
    answer: { reason: "next", next, instruction },
  });
  const { outcome } = await play("team", [
    lead("analyst", "Divide 750 by 2.5."),
    { when: "You calculate", answer: calls(["divide", { dividend: 750, divisor: 2.5 }]) },
    { when: "300", answer: { figures: [{ name: "cups", value: 300 }] } },
    lead("done", ""),
    { when: "You write short answers", answer: { answer: "300 cups." } },
  ]);
  expect(outcome.state).toMatchObject({ answer: "300 cups.", figures: [{ value: 300 }] });
  expect(outcome.steps.map(({ node }) => node)).toEqual(["lead", "analyst", "lead", "writer"]);
  model.assertUsedUp();
});

test("the newsletter runs the pipeline as one of its nodes", async () => {
  const { outcome } = await play("newsletter", [
    { when: "Plan an article", answer: { outline: ["Leaves rot."] } },
    { when: "Write an article", answer: { draft: "A draft." } },
    { when: "Edit this draft", answer: { article: "An article." } },
    { when: "Announce this text:\nAn article.", answer: { teaser: "Read it." } },
  ]);
  expect(outcome.state).toEqual({
    ...INPUTS["newsletter"],
    text: "An article.",
    teaser: "Read it.",
  });
  expect(outcome.steps[0]?.inner?.map(({ node }) => node)).toEqual(["planner", "writer", "editor"]);
});
