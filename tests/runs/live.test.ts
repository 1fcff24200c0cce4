import { END, type LangGraphRunnableConfig, START, StateGraph, StateSchema } from "@langchain/langgraph";
import {
  agent,
  type Baton,
  type LiveEvent,
  type Model,
  openai,
  type RunHandle,
  StoredEvent,
  TextEvent,
  workflow,
} from "batonjs";
import { openaiServer, scripted, type ServerScript } from "batonjs/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { openBaton } from "../support/baton.ts";

const State = new StateSchema({
  topic: z.string(),
  title: z.string().default(""),
  lines: z.array(z.string()).default([]),
});
const PROMPT = '---\ninput:\n  schema:\n    topic: string\n---\n{{role "user"}}\nWrite about {{topic}}.\n';
const writer = agent(State, { prompt: "write", reads: ["topic"], writes: ["title", "lines"] });

async function notice(_state: unknown, { writer: write }: LangGraphRunnableConfig): Promise<object> {
  write?.({ progress: "half" });
  return {};
}

const flow = workflow({
  id: "poem",
  graph: new StateGraph(State)
    .addNode("writer", writer, { retryPolicy: { maxAttempts: 2, initialInterval: 1, jitter: false } })
    .addNode("notice", notice)
    .addEdge(START, "writer")
    .addEdge("writer", "notice")
    .addEdge("notice", END),
});

const ANSWER = { title: "Tea – “hot” 🍵", lines: ["Leaf by leaf,", "cup by cup."] };

async function open(model: Model): Promise<Baton> {
  return await openBaton({ workflows: [flow], model, prompts: { write: PROMPT } });
}

async function served(script: ServerScript) {
  const server = await openaiServer(script);
  onTestFinished(async () => await server.close());
  const model = openai("test-model", { baseURL: server.url, retry: { initialDelayMs: 1, maxDelayMs: 1 } });
  return { server, baton: await open(model) };
}

async function watch(handle: RunHandle): Promise<readonly LiveEvent[]> {
  const seen: LiveEvent[] = [];
  for await (const event of handle.live()) seen.push(event);
  return seen;
}

/** What a reader has on the screen in the end: pieces are put together by task and path, and a discarded answer goes away. */
function shown(events: readonly LiveEvent[]): Readonly<Record<string, string>> {
  const texts = new Map<string, string>();
  for (const event of events) {
    if (event.type === "text_discarded") texts.clear();
    if (event.type === "text_received") texts.set(event.path, (texts.get(event.path) ?? "") + event.text);
  }
  return Object.fromEntries(texts);
}

const WHOLE = { title: ANSWER.title, "lines[0]": "Leaf by leaf,", "lines[1]": "cup by cup." };

describe("live", () => {
  it("shows the text of an answer piece by piece, between the events that it belongs between", async () => {
    const { baton, server } = await served([{ kind: "completion", content: ANSWER }]);
    const handle = await baton.start("poem", { topic: "tea" }, { live: { text: true } });
    const events = await watch(handle);
    expect(server.requests[0]?.body).toMatchObject({ stream: true });

    const pieces = events.flatMap((event) => (event.type === "text_received" ? [TextEvent.parse(event)] : []));
    expect(pieces.length).toBeGreaterThan(4);
    expect(pieces[0]).toMatchObject({ node: "writer", step: 1, attempt: 1, namespace: "", path: "title" });
    expect(shown(events)).toEqual(WHOLE);

    const types = events.map(({ type }) => type);
    expect(types.indexOf("text_received")).toBeGreaterThan(types.indexOf("prompt_rendered"));
    expect(types.lastIndexOf("text_received")).toBeLessThan(types.indexOf("model_called"));
    const stored = events.filter((event) => "seq" in event);
    expect(stored).toEqual(await baton.events(handle.id));
    for (const event of stored) expect(StoredEvent.parse(event)).toEqual(event);
  });

  it("takes back what was shown of an answer that broke off, was mended or was given up", async () => {
    const cut = { kind: "completion", content: { title: "Coffee", lines: ["Never shown to the end."] } } as const;
    const { baton } = await served([
      { ...cut, delivery: { breakAfterEvents: 6 } },
      { kind: "completion", content: { title: "A title", lines: "no list" } },
      { kind: "completion", content: ANSWER },
    ]);
    const handle = await baton.start("poem", { topic: "tea" }, { live: { text: true } });
    const events = await watch(handle);
    expect((await handle.result()).state).toMatchObject(ANSWER);
    expect(events.filter(({ type }) => type === "text_discarded")).toHaveLength(2);
    expect(shown(events)).toEqual(WHOLE);
  });

  it("leaves nothing on the screen of an attempt that failed", async () => {
    const { baton } = await served([
      { kind: "completion", content: ANSWER, finish: "length" },
      { kind: "completion", content: ANSWER, finish: "length" },
    ]);
    const handle = await baton.start("poem", { topic: "tea" }, { live: { text: true } });
    const events = await watch(handle);
    expect(await handle.result()).toMatchObject({ status: "failed", error: { code: "model-truncated" } });
    expect(shown(events)).toEqual({});
  });

  it("shows whole answers of a model that does not stream, and nothing of what is read back", async () => {
    const model = scripted([{ answer: ANSWER }]);
    const baton = await open({ ...model, generate: async (request) => await model.generate(request) });
    const handle = await baton.start("poem", { topic: "tea" }, { live: { text: true } });
    expect(shown(await watch(handle))).toEqual(WHOLE);
    const again = await baton.resume(handle.id, { live: { text: true } });
    expect(await watch(again)).toEqual([]);
  });

  it("asks for whole answers when nobody asked to see text", async () => {
    const { baton, server } = await served([{ kind: "completion", content: ANSWER }]);
    const handle = await baton.start("poem", { topic: "tea" });
    await handle.result();
    expect(server.requests[0]?.body).toMatchObject({ stream: false });
    expect(() => handle.live()).toThrow(expect.objectContaining({ code: "bad-usage" }));
  });

  it("hands on LangGraph's own stream modes", async () => {
    const baton = await open(scripted([{ answer: ANSWER }]));
    const handle = await baton.start("poem", { topic: "tea" }, { live: { modes: ["custom", "updates"] } });
    const streamed = (await watch(handle)).filter((event) => event.type === "graph_streamed");
    expect(streamed).toMatchObject([
      { mode: "updates", namespace: "", chunk: { writer: ANSWER } },
      { mode: "custom", namespace: "", chunk: { progress: "half" } },
      { mode: "updates", namespace: "", chunk: {} },
    ]);
  });

  it("joins what a slow follower has not taken yet", async () => {
    const { baton } = await served([{ kind: "completion", content: ANSWER }]);
    const handle = await baton.start("poem", { topic: "tea" }, { live: { text: true } });
    await handle.result();
    const late = (await watch(handle)).filter(({ type }) => type === "text_received");
    expect(late).toMatchObject([
      { path: "title", text: ANSWER.title },
      { path: "lines[0]", text: "Leaf by leaf," },
      { path: "lines[1]", text: "cup by cup." },
    ]);
  });
});
