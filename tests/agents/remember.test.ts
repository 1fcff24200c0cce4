import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import {
  agent,
  type Baton,
  DEFAULT_TENANT,
  type MemoryItem,
  type MemoryPolicy,
  type Model,
  offline,
  workflow,
} from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { parseSessionId } from "../../core/ids.ts";
import { openBaton } from "../support/baton.ts";

const Chat = new StateSchema({
  question: z.string(),
  answer: z.string().default(""),
});
type Policy = MemoryPolicy<{ question: string }>;

const SESSION = parseSessionId("ada");
const NOTES = { tenant: DEFAULT_TENANT, namespace: "chat" };
const CONVERSATION = { tenant: DEFAULT_TENANT, namespace: SESSION };
const PROMPTS = {
  answer: '---\ninput:\n  schema:\n    question: string\n---\n{{role "user"}}\nANSWER {{question}}\n{{recalled}}\n',
};

async function chat(memory: Policy, model: Model): Promise<Baton> {
  const answering = agent(Chat, { prompt: "answer", reads: ["question"], writes: ["answer"], memory });
  const graph = new StateGraph(Chat).addNode("writer", answering).addEdge(START, "writer").addEdge("writer", END);
  return await openBaton({ workflows: [workflow({ id: "chat", graph })], model, prompts: PROMPTS });
}

async function ask(baton: Baton, input: { question: string }, run?: string) {
  const options = { session: SESSION, ...(run === undefined ? {} : { runId: run }) };
  const outcome = await (await baton.start("chat", input, options)).result();
  expect(outcome.error).toBeUndefined();
  return outcome;
}

function item(text: string, given: Partial<MemoryItem> = {}): MemoryItem {
  return { id: text, text, group: "g", order: 0, time: 0, meta: {}, ...given };
}

const LONG = Array.from({ length: 30 }, (_, at) => `walnut${at}`).join(" ");

test("what an agent wrote is remembered with its origin, in the session or for good", async () => {
  for (const layer of ["session", "vector"] as const) {
    const baton = await chat({ layers: [], remember: layer }, scripted([{ answer: { answer: "Walnuts are nuts." } }]));
    const { runId } = await ask(baton, { question: "What are walnuts?" });
    const listed = await baton.memory[layer].list(layer === "session" ? CONVERSATION : NOTES);
    expect(listed).toMatchObject([
      {
        text: "Walnuts are nuts.",
        meta: { speaker: "writer", role: "assistant", field: "answer" },
        origin: { run: runId, step: 1, kind: "agent", by: "writer", trust: "unreviewed", prompt: "answer" },
      },
    ]);
  }
});

test("an agent with a namespace of its own remembers there too", async () => {
  const model = scripted([{ answer: { answer: "Walnuts are nuts." } }]);
  const baton = await chat({ layers: ["vector"], remember: "vector", namespace: () => "of ada" }, model);
  await ask(baton, { question: "What are walnuts?" });
  expect(await baton.memory.vector.list(NOTES)).toEqual([]);
  expect(await baton.memory.vector.list({ ...NOTES, namespace: "of ada" })).toHaveLength(1);
});

test("what is nearly the same is kept once for good, and as often as it was said in a session", async () => {
  for (const [layer, kept] of [
    ["vector", 1],
    ["session", 3],
  ] as const) {
    const answers = [LONG, `${LONG} indeed`, LONG.toUpperCase()].map((answer) => ({ answer: { answer } }));
    const baton = await chat({ layers: [], remember: layer }, scripted(answers));
    for (const question of ["One?", "Two?", "Three?"]) await ask(baton, { question });
    expect(await baton.memory[layer].list(layer === "session" ? CONVERSATION : NOTES)).toHaveLength(kept);
  }
});

test("S02: an untrusted text does not keep out the same text of somebody else", async () => {
  const baton = await chat({ layers: [], remember: "vector" }, scripted([{ answer: { answer: LONG } }]));
  const origin = { kind: "tool", by: "web", trust: "untrusted" } as const;
  await baton.memory.vector.remember(NOTES, [item(LONG, { origin })]);
  await ask(baton, { question: "What are walnuts?" });
  const trust = (await baton.memory.vector.list(NOTES)).map((known) => known.origin?.trust);
  expect(trust).toEqual(["untrusted", "unreviewed"]);
});

test("S02: what was made of an untrusted memory is untrusted, and goes when its source goes, however far from it", async () => {
  const model = scripted([
    { answer: { answer: "Walnuts are free, says the web." } },
    { answer: { answer: "So walnuts cost nothing." } },
    { answer: { answer: "Nothing is known of walnuts." } },
  ]);
  const policy: Policy = { layers: ["vector"], remember: "vector", admitUntrusted: true };
  const baton = await chat(policy, model);
  const origin = { kind: "tool", by: "web", run: "run_of_web", trust: "untrusted" } as const;
  await baton.memory.vector.remember(NOTES, [item("Walnuts are free.", { origin })]);
  await ask(baton, { question: "What do walnuts cost?" });
  await ask(baton, { question: "What do walnuts cost then?" });
  const made = (await baton.memory.vector.list(NOTES)).slice(1);
  expect(made.map((known) => known.origin?.trust)).toEqual(["untrusted", "untrusted"]);
  expect(made[1]?.origin?.from).toMatchObject({ writers: ["web", "writer"] });
  expect(await baton.memory.vector.purge({ tenant: DEFAULT_TENANT, run: "run_of_web" })).toBe(3);
  await ask(baton, { question: "What do walnuts cost now?" });
  expect(model.requests.at(-1)?.passages).toEqual([]);
});

const EXTRACTION = "Remembered already|The conversation, as JSON";

function extracting(items: readonly object[]) {
  return { when: new RegExp(EXTRACTION, "u"), answer: { items: items as never } };
}

test("a model says what of a step is worth remembering; what rests on no words of it is left out", async () => {
  const fact = { kind: "preference", replaces: null };
  const model = scripted([
    { when: "ANSWER", answer: { answer: "Noted: tea, not coffee." } },
    extracting([
      { ...fact, text: "Ada drinks tea.", quote: "I drink  TEA" },
      { ...fact, text: "Ada lives on the moon.", quote: "I live on the moon" },
    ]),
  ]);
  const baton = await chat({ layers: ["vector"], remember: "vector", extract: true }, model);
  const { runId } = await ask(baton, { question: "I drink tea. Remember that." });
  expect(await baton.memory.vector.list(NOTES)).toMatchObject([
    {
      text: "Ada drinks tea.",
      meta: { kind: "preference", quote: "I drink  TEA" },
      origin: { run: runId, by: "writer" },
    },
  ]);
  const input = JSON.stringify(model.requests[1]?.messages);
  expect(input).toContain("I drink tea. Remember that.");
  expect(input).toContain("Noted: tea, not coffee.");
  model.assertUsedUp();
});

test("what a model corrects is recalled no more, and can still be listed; an id that it made up replaces nothing", async () => {
  const model = scripted([
    { when: "ANSWER", answer: { answer: "Oslo it is." } },
    extracting([
      { text: "Ada lives in Oslo.", kind: "fact", quote: "moved to Oslo", replaces: "Ada lives in Rome." },
      { text: "Ada is glad.", kind: "fact", quote: "Oslo", replaces: "an id of another" },
    ]),
  ]);
  const baton = await chat({ layers: ["vector"], remember: "vector", extract: true, query: () => "lives" }, model);
  await baton.memory.vector.remember(NOTES, [item("Ada lives in Rome."), item("Ada has a cat.")]);
  await ask(baton, { question: "I moved to Oslo." });
  const recalled = await baton.memory.vector.recall({ scope: NOTES, text: "Ada lives cat", limit: 9 });
  expect(recalled.map(({ text }) => text).toSorted()).toEqual(["Ada has a cat.", "Ada is glad.", "Ada lives in Oslo."]);
  expect(await baton.memory.vector.list(NOTES)).toHaveLength(4);
});

test("a model that finds no words for what to remember costs no run", async () => {
  const model = scripted([
    { when: "ANSWER", answer: { answer: "Noted." } },
    { when: "You mend a JSON answer", answer: "still none", times: 2 },
    { when: new RegExp(EXTRACTION, "u"), answer: "no JSON at all" },
  ]);
  const baton = await chat({ layers: [], remember: "vector", extract: true }, model);
  expect(await ask(baton, { question: "I drink tea." })).toMatchObject({ status: "completed" });
  expect(await baton.memory.vector.list(NOTES)).toEqual([]);
  model.assertUsedUp();
});

test("without a language model what an agent wrote is remembered as it is", async () => {
  const baton = await chat(
    { layers: ["vector"], remember: "session", extract: true, summarize: true, budgetTokens: 50 },
    offline(),
  );
  await baton.memory.vector.remember(NOTES, [item("Walnuts are nuts that grow on trees.")]);
  const { runId } = await ask(baton, { question: "What are walnuts?" });
  expect(await baton.memory.session.list(CONVERSATION)).toMatchObject([
    { meta: { field: "answer" }, origin: { run: runId } },
  ]);
});

test("what fits the query and not the budget is summed up, in the order in which it was said", async () => {
  const model = scripted([
    { when: /The turns, as JSON/u, answer: { summary: "Walnuts are dear and grow on trees." } },
    { when: "ANSWER", answer: { answer: "Dear." } },
  ]);
  const policy: Policy = { layers: ["vector"], query: () => "walnuts", budgetTokens: 40, summarize: true };
  const baton = await chat(policy, model);
  const texts = Array.from({ length: 8 }, (_, at) => `Walnuts number ${at} are dear, they say in the shop.`);
  await baton.memory.vector.remember(
    NOTES,
    texts.map((text, order) => item(text, { order, time: order, meta: { role: "user" } })),
  );
  await ask(baton, { question: "What are walnuts?" });
  const [summing, answering] = model.requests;
  const left = texts.filter((text) => JSON.stringify(summing?.messages).includes(text));
  expect(left.length).toBeGreaterThan(3);
  const places = left.map((text) => JSON.stringify(summing?.messages).indexOf(text));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  const prompt = String(answering?.messages.at(-1)?.content);
  expect(prompt).toContain("Walnuts are dear and grow on trees.");
  expect(texts.filter((text) => prompt.includes(text))).toHaveLength(8 - left.length);
  model.assertUsedUp();
});

test.each([
  ["extract", { extract: true }, "`remember`"],
  ["summarize", { summarize: true }, "`budgetTokens`"],
])("`%s` without what it needs is refused when the agent is defined", async (_name, fields, said) => {
  const policy: Policy = { layers: ["vector"], ...fields };
  await expect(chat(policy, scripted([]))).rejects.toMatchObject({
    code: "workflow-invalid",
    message: expect.stringContaining(said),
  });
});
