import { createRequire } from "node:module";
import { Document } from "@langchain/core/documents";
import {
  AIMessage,
  AIMessageChunk,
  BaseMessage,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from "@langchain/core/messages";
import { Command, Overwrite, Send } from "@langchain/langgraph";
import { DeltaSnapshot } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";

import { stateCodec } from "../../../store/codec/codec.ts";
import { difference } from "./same.ts";

const codec = stateCodec();

function changed<T extends object>(value: T, change: (value: T) => void): T {
  change(value);
  return value;
}

/** Fields as programs without type checks pass them. */
const loosely = (fields: object): never => fields as never;

const call = { name: "search", args: { q: "x", n: [1, undefined] }, id: "c1", type: "tool_call" as const };
const badCall = { args: "{", error: "bad", type: "invalid_tool_call" as const };
const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };

const VALUES: readonly (readonly [name: string, value: object])[] = [
  ["human", new HumanMessage("hi")],
  [
    "human with everything",
    new HumanMessage({
      content: [{ type: "text", text: "hi" }],
      id: "m1",
      name: "Ann",
      additional_kwargs: { lc: 1, when: new Date(3) },
      response_metadata: { n: 1n },
    }),
  ],
  ["human with an undefined name", new HumanMessage(loosely({ content: "hi", name: undefined }))],
  ["human chunk", new HumanMessageChunk("hi")],
  ["assistant", new AIMessage("yes")],
  [
    "assistant with calls",
    new AIMessage(
      loosely({ content: "", tool_calls: [call], invalid_tool_calls: [badCall], usage_metadata: usage, id: "m2" }),
    ),
  ],
  ["assistant with content blocks", new AIMessage({ contentBlocks: [{ type: "text", text: "a" }] })],
  [
    "assistant chunk",
    new AIMessageChunk(
      loosely({ content: "y", tool_call_chunks: [{ name: "s", args: "{}", index: 0 }], usage_metadata: usage }),
    ),
  ],
  ["assistant chunks joined", new AIMessageChunk("a").concat(new AIMessageChunk({ content: "b", id: "m3" }))],
  ["system", new SystemMessage({ content: "rules", id: "s" })],
  ["system chunk", new SystemMessageChunk("rules")],
  [
    "tool",
    new ToolMessage({
      content: "42",
      tool_call_id: "c1",
      status: "error",
      artifact: { big: Uint8Array.of(1), rows: new Map([[1, 2]]) },
    }),
  ],
  ["tool with no call", new ToolMessage({ content: [], tool_call_id: "" })],
  ["tool chunk", new ToolMessageChunk({ content: "4", tool_call_id: "c1" })],
  ["function", new FunctionMessage({ content: "f", name: "fn" })],
  ["function chunk", new FunctionMessageChunk({ content: "f", name: "fn" })],
  ["chat", new ChatMessage("c", "narrator")],
  ["chat chunk", new ChatMessageChunk({ content: "c", role: "narrator" })],
  ["removal", new RemoveMessage({ id: "m1" })],
  ["message with an id given later", changed(new AIMessage("x"), (message) => message._updateId("late"))],
  [
    "message changed after it was made",
    changed(new HumanMessage("x"), (message) =>
      Object.assign(message, { name: "N", content: "other", response_metadata: { a: 1 }, extra: [undefined] }),
    ),
  ],
  ["message with a field removed", changed(new AIMessage("x"), (message) => delete message.usage_metadata)],
  ["document", new Document({ pageContent: "text", metadata: { page: 1, at: new Date(1) }, id: "d" })],
  [
    "packet for a node",
    new Send("work", { item: new HumanMessage("x"), when: undefined, big: 1n }, { timeout: { idleTimeout: 5 } }),
  ],
  ["packet for a node with nothing", new Send("work", undefined)],
  ["overwrite", new Overwrite([new AIMessage("x"), undefined])],
  ["overwrite by nothing", new Overwrite(undefined)],
  ["delta snapshot", new DeltaSnapshot([new HumanMessage("x"), { lc: 1 }])],
  [
    "command",
    new Command({ update: { a: 1n }, goto: [new Send("a", 1), "b"], resume: { ok: true }, graph: Command.PARENT }),
  ],
  ["command to one node", new Command({ goto: "b" })],
];

/** Constructor arguments are looked up by name only, so their order is nothing that a program could rely on. */
function withSortedArguments(value: object): object {
  const kwargs: unknown = Reflect.get(value, "lc_kwargs");
  if (typeof kwargs === "object" && kwargs !== null) {
    Reflect.set(
      value,
      "lc_kwargs",
      Object.fromEntries(Object.entries(kwargs).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    );
  }
  return value;
}

test.each(VALUES)("S13: a %s comes back as its own class with all its fields", async (_, value) => {
  const [type, bytes] = await codec.dumpsTyped({ inside: [value] });
  const back = (await codec.loadsTyped(type, bytes)) as { inside: [object] };
  expect(difference(withSortedArguments(back.inside[0]), withSortedArguments(value))).toBeUndefined();
});

test("a message that came back works as a message", async () => {
  const [type, bytes] = await codec.dumpsTyped(new AIMessage({ content: "a", tool_calls: [call] }));
  const back = await codec.loadsTyped(type, bytes);
  expect(back).toBeInstanceOf(AIMessage);
  expect(BaseMessage.isInstance(back) && back.getType()).toBe("ai");
  expect(back).toMatchObject({ text: "a", tool_calls: [call] });
});

test("fields and constructor arguments stay the same objects", async () => {
  const [type, bytes] = await codec.dumpsTyped(
    new HumanMessage({ content: [{ type: "text", text: "a" }], additional_kwargs: { a: 1 } }),
  );
  const back = (await codec.loadsTyped(type, bytes)) as HumanMessage;
  expect(back.lc_kwargs["content"]).toBe(back.content);
  expect(back.lc_kwargs["additional_kwargs"]).toBe(back.additional_kwargs);
});

test("a message costs its content and little more", async () => {
  const [, bytes] = await codec.dumpsTyped(new HumanMessage({ content: "x".repeat(500), id: "m".repeat(36) }));
  expect(bytes.length).toBeLessThan(620);
});

const load = createRequire(import.meta.url);
const copies = {
  messages: load("@langchain/core/messages") as typeof import("@langchain/core/messages"),
  graph: load("@langchain/langgraph") as typeof import("@langchain/langgraph"),
};

test.each([
  ["message", new copies.messages.AIMessage("hi"), new AIMessage("hi"), AIMessage],
  ["packet", new copies.graph.Send("a", { b: 1 }), new Send("a", { b: 1 }), Send],
])("a %s of a CommonJS program's copy of the package is stored like ours", async (_, value, ours, made) => {
  expect(Object.getPrototypeOf(value)).not.toBe(made.prototype);
  const [type, bytes] = await codec.dumpsTyped(value);
  expect(difference(await codec.loadsTyped(type, bytes), ours)).toBeUndefined();
});
