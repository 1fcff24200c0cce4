import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, DEFAULT_TENANT, type MemoryItem, type MemoryPolicy, tool, workflow } from "batonjs";
import { calls, scripted } from "batonjs/testing";
import { expect, test } from "vitest";
import { z } from "zod";

import { parseSessionId } from "../../core/ids.ts";
import { openBaton } from "../support/baton.ts";
import { INJECTIONS } from "./injections.ts";

const Chat = new StateSchema({
  question: z.string(),
  records: z.array(z.string()).default([]),
  answer: z.string().default(""),
});

const RULES = "Answer from the memory.";
const PROMPT = `---
input:
  schema:
    question: string
    records(array): string
---
{{role "system"}}
${RULES}
{{role "user"}}
The question: {{question}}
{{#each records}}{{else}}{{/each}}
{{recalled}}
The end.
`;

/** What the model may do, and what it is told to do. */
const looked: string[] = [];
const lookUp = tool({
  name: "look_up",
  description: "Looks up a word.",
  input: z.object({ word: z.string() }),
  effect: "read",
  run: async ({ word }) => (looked.push(word), "nothing"),
});

/** Obeys whatever stands in what it is shown. */
function gullible() {
  return scripted([
    {
      when: ({ messages }) => messages.length === 2 && messages.some(({ content }) => content.includes("wipe_all")),
      answer: calls(["wipe_all", {}], ["look_up", { word: 7 } as never]),
      times: 10,
    },
    { answer: { answer: "Nothing is known." }, times: 10 },
  ]);
}

type Policy = MemoryPolicy<{ question: string; records: string[] }>;

async function ask(memory: Partial<Policy>, held: readonly string[] = [], known: readonly MemoryItem[] = []) {
  const model = gullible();
  const policy: Policy = { layers: ["context", "session", "vector"], query: () => QUERY, limit: 500, ...memory };
  const writer = agent(Chat, {
    prompt: "chat",
    reads: ["question", "records"],
    writes: ["answer"],
    memory: policy,
    tools: [lookUp],
  });
  const graph = new StateGraph(Chat).addNode("writer", writer).addEdge(START, "writer").addEdge("writer", END);
  const baton = await openBaton({ workflows: [workflow({ id: "chat", graph })], model, prompts: { chat: PROMPT } });
  const half = Math.ceil(known.length / 2);
  await baton.memory.session.remember({ tenant: DEFAULT_TENANT, namespace: "s" }, known.slice(0, half));
  await baton.memory.vector.remember({ tenant: DEFAULT_TENANT, namespace: "chat" }, known.slice(half));
  const options = { session: parseSessionId("s") };
  const run = await baton.start("chat", { question: "What is known?", records: [...held] }, options);
  const outcome = await run.result();
  expect(outcome.error).toBeUndefined();
  return { outcome, requests: model.requests, events: await baton.events(run.id) };
}

/** A word that all of them hold. */
const QUERY = "OWNED wipe_all";

function remembered(trust: "untrusted" | "unreviewed"): readonly MemoryItem[] {
  return INJECTIONS.map((text, at) => ({
    id: `${at}: ${text}`,
    text,
    group: `${at}`,
    order: at,
    time: Date.parse("2026-03-02"),
    meta: at % 3 === 0 ? { speaker: text } : at % 3 === 1 ? { file: text, line: at } : {},
    origin: { kind: "tool", by: "web", run: "run_of_web", trust },
  }));
}

test("S01: of more than fifty injections in session, long-term memory and state none leaves its block of data, and none is obeyed", async () => {
  expect(INJECTIONS.length).toBeGreaterThan(50);
  const { outcome, requests, events } = await ask({ admitUntrusted: true }, INJECTIONS, remembered("untrusted"));
  expect(outcome.state["answer"]).toBe("Nothing is known.");
  const [first] = requests;
  expect(first?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(first?.messages[0]?.content.trim()).toBe(RULES);
  const user = first?.messages[1]?.content ?? "";
  const mark = /^<<<recalled ([0-9a-f]{16}): /mu.exec(user)?.[1] ?? "none";
  expect(user.split(mark)).toHaveLength(3);
  const [before = "", block = "", after = ""] = user.split(
    new RegExp(`<<<recalled ${mark}.*\\n|\\nrecalled ${mark}>>>`, "u"),
  );
  // All of it stands in the block, a line for each with its source, and nothing of it around the block.
  expect(`${before}${after}`).not.toMatch(/OWNED|wipe_all/u);
  const lines = block.split(/[\p{Cc}\u2028\u2029]/u);
  expect(lines.length).toBeGreaterThan(50);
  for (const line of lines) expect(line).toMatch(/^\[[^[\]]+\] /u);
  // The model obeyed, and nothing came of it.
  const refused = events.flatMap((event) => (event.type === "tool_refused" ? [[event.tool, event.reason]] : []));
  expect(refused).toEqual([
    ["wipe_all", "not_granted"],
    ["look_up", expect.any(String)],
  ]);
  expect(looked).toEqual([]);
  for (const { messages } of requests)
    expect(messages.filter(({ role }) => role === "system").map(({ content }) => content.trim())).toEqual([RULES]);
});

test("S01 S02: without a policy that admits them, texts of untrusted origin are not recalled at all", async () => {
  const { requests } = await ask({ layers: ["session", "vector"] }, [], remembered("untrusted"));
  expect(JSON.stringify(requests[0]?.messages)).not.toMatch(/OWNED|wipe_all/u);
  expect(requests[0]?.passages).toEqual([]);
});

test("S01: every recalled item says from which layer it is, and its source is stored with the run", async () => {
  const { requests, events } = await ask({ layers: ["session", "vector"] }, [], remembered("unreviewed"));
  expect(requests[0]?.passages.length).toBeGreaterThan(50);
  const [route] = events.flatMap((event) => (event.type === "memory_recalled" ? [event.route] : []));
  const recalled = route?.["recalled"];
  expect(recalled).toHaveLength(requests[0]?.passages.length ?? 0);
  expect(recalled).toContainEqual({ layer: "session", id: expect.any(String), score: expect.any(Number) });
  expect(recalled).toContainEqual({ layer: "vector", id: expect.any(String), score: expect.any(Number) });
});
