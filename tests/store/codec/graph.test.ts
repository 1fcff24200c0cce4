import { AIMessage, HumanMessage, type BaseMessage } from "@langchain/core/messages";
import {
  Command,
  DeltaValue,
  END,
  interrupt,
  MessagesValue,
  Overwrite,
  ReducedValue,
  Send,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";

import { stateCodec, type StateCodec } from "../../../store/codec/codec.ts";
import { encryptedCodec } from "../../../store/codec/encryption.ts";
import { openConnection, type Connection } from "../../../store/sqlite/connection.ts";
import { SqliteSaver } from "../../../store/sqlite/saver.ts";
import { makeFolder, removeFolder } from "../temporary-folder.ts";

const State = new StateSchema({
  messages: MessagesValue,
  found: new ReducedValue(
    z.array(z.unknown()).default(() => []),
    { reducer: (known: unknown[], more: unknown[]) => [...known, ...more] },
  ),
  log: new DeltaValue(
    z.array(z.unknown()).default(() => []),
    { reducer: (known: unknown[], more: unknown[][]) => [...known, ...more.flat()], snapshotFrequency: 2 },
  ),
  answer: z.unknown(),
});

const special = { big: 2n ** 64n, when: new Date(7), none: undefined, seen: new Set(["a"]), ratio: Number.NaN };

const opened: { readonly connection: Connection; readonly folder: string }[] = [];

async function saverWith(codec: StateCodec): Promise<SqliteSaver> {
  const folder = makeFolder();
  const connection = await openConnection({ folder });
  opened.push({ connection, folder });
  return new SqliteSaver(connection, () => undefined, { serde: codec });
}

afterEach(async () => {
  for (const { connection, folder } of opened.splice(0)) {
    await connection.close();
    removeFolder(folder);
  }
});

function graphOn(checkpointer: SqliteSaver) {
  return new StateGraph(State)
    .addNode("plan", () => ({ messages: [new AIMessage("planned")], log: [special] }), { ends: ["work"] })
    .addNode("work", ({ item }: { item: unknown }) => ({ found: [item], log: [item] }), {
      input: new StateSchema({ item: z.unknown() }),
    })
    .addNode("ask", () => {
      const answer: unknown = interrupt({ question: "go on?", since: new Date(7) });
      return new Command({ update: { answer, found: new Overwrite([special]) }, goto: END });
    })
    .addEdge(START, "plan")
    .addConditionalEdges("plan", () => [1n, new Map([["k", special]])].map((item) => new Send("work", { item })), [
      "work",
    ])
    .addEdge("work", "ask")
    .compile({ checkpointer });
}

const keys = { a: Buffer.alloc(32, 5).toString("base64") };

test.each([
  ["the codec", stateCodec()],
  ["the encrypted codec", encryptedCodec({ keys, current: "a" })],
])("a graph that fans out, waits and is answered keeps every value exactly with %s", async (_, codec) => {
  const graph = graphOn(await saverWith(codec));
  const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
  await graph.invoke({ messages: [new HumanMessage("hi")] }, config);

  const waiting = await graph.getState(config);
  expect(waiting.tasks.flatMap(({ interrupts }) => interrupts)).toMatchObject([
    { value: { question: "go on?", since: new Date(7) } },
  ]);
  const { messages, found, log } = waiting.values as { messages: BaseMessage[]; found: unknown[]; log: unknown[] };
  expect(messages.map((message) => message.constructor)).toEqual([HumanMessage, AIMessage]);
  expect(found).toStrictEqual([1n, new Map([["k", special]])]);
  expect(log).toStrictEqual([special, 1n, new Map([["k", special]])]);

  const done = await graph.invoke(new Command({ resume: special }), config);
  expect(done).toMatchObject({ answer: special, found: [special] });
  expect((await graph.getState(config)).values).toEqual(done);
});

test("S13: a state that cannot come back stops the run and leaves the checkpoint before it", async () => {
  const graph = new StateGraph(State)
    .addNode("good", () => ({ found: ["kept"] }))
    .addNode("bad", () => ({ found: [{ deep: [() => 1] }] }))
    .addEdge(START, "good")
    .addEdge("good", "bad")
    .compile({ checkpointer: await saverWith(stateCodec()) });
  const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
  await expect(graph.invoke({ messages: [] }, config)).rejects.toMatchObject({ code: "state-not-serializable" });
  const state = await graph.getState(config);
  expect(state.values).toMatchObject({ found: ["kept"] });
  expect(state.next).toEqual(["bad"]);
});

test("S12: a message that looks like a record of LangChain does not brick the thread", async () => {
  const hostile = {
    lc: 1,
    type: "constructor",
    id: ["langchain_core", "nowhere", "Nobody"],
    kwargs: { key: { lc: 1, type: "secret", id: ["PATH"] } },
  };
  const graph = new StateGraph(State)
    .addNode("keep", () => ({ found: [hostile] }))
    .addEdge(START, "keep")
    .compile({ checkpointer: await saverWith(stateCodec()) });
  const config = { configurable: { thread_id: "t" }, durability: "sync" as const };
  await graph.invoke({ messages: [], answer: hostile }, config);
  expect((await graph.getState(config)).values).toMatchObject({ found: [hostile], answer: hostile });
});
