import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { Overwrite, Send } from "@langchain/langgraph";
import { DeltaSnapshot, JsonPlusSerializer } from "@langchain/langgraph-checkpoint";
import fc from "fast-check";
import { expect, test } from "vitest";

import { stateCodec } from "../../../store/codec/codec.ts";
import { recordShaped } from "./hostile-data.ts";

const codec = stateCodec();
const stock = new JsonPlusSerializer();

const stored = async (json: unknown): Promise<unknown> => await codec.loadsTyped("json", JSON.stringify(json));
const message = (name: string, kwargs: unknown): unknown => ({
  lc: 1,
  type: "constructor",
  id: ["langchain_core", "messages", name],
  kwargs,
});

test.each<readonly [string, unknown]>([
  ["plain data", { a: [1, "x", null, { b: true }] }],
  [
    "undefined, maps, sets, bytes and errors",
    { a: undefined, b: new Map([["k", new Set([1])]]), c: Uint8Array.of(1, 2), d: new Error("broken") },
  ],
  [
    "messages",
    [
      new HumanMessage({ content: "hi", id: "m" }),
      new AIMessage({ content: "", tool_calls: [{ name: "s", args: { q: 1 }, id: "c" }] }),
      new ToolMessage({ content: "4", tool_call_id: "c", artifact: { a: 1 } }),
    ],
  ],
  ["a delta snapshot", new DeltaSnapshot([new SystemMessage("x")])],
  ["packets and overwrites", [new Send("a", { b: 1 }), new Overwrite([1])]],
  ["an interrupt", [{ id: "i", value: { ask: "?" } }]],
  [
    "a message that holds a user's record",
    new HumanMessage({ content: "x", additional_kwargs: { note: { lc: 3, plain: 1 } } }),
  ],
])("what the stock serializer wrote loads as the stock serializer loads it: %s", async (_, value) => {
  const [type, bytes] = await stock.dumpsTyped(value);
  expect(await codec.loadsTyped(type, bytes)).toEqual(await stock.loadsTyped(type, bytes));
});

test("bytes of the stock serializer load", async () => {
  const [type, bytes] = await stock.dumpsTyped(Uint8Array.of(1, 2));
  expect(await codec.loadsTyped(type, bytes)).toEqual(Uint8Array.of(1, 2));
});

test.each<readonly [string, unknown]>([
  ["an unknown class", { lc: 1, type: "constructor", id: ["langchain_core", "messages", "Nobody"], kwargs: {} }],
  [
    "a message of another package",
    { lc: 1, type: "constructor", id: ["evil", "messages", "AIMessage"], kwargs: { content: "x" } },
  ],
  ["a message that its class refuses", message("AIMessage", { content: "x", response_metadata: "x" })],
  [
    "a class that is no message",
    { lc: 1, type: "constructor", id: ["langchain_core", "prompts", "PromptTemplate"], kwargs: { template: "{a}" } },
  ],
  [
    "a model",
    {
      lc: 1,
      type: "constructor",
      id: ["langchain", "llms", "openai", "OpenAI"],
      kwargs: { configuration: { baseURL: "http://127.0.0.1:1" } },
    },
  ],
  ["a secret", { lc: 1, type: "secret", id: ["PATH"] }],
  ["something not implemented", { lc: 1, type: "not_implemented", id: ["x"] }],
  ["a regular expression", { lc: 2, type: "constructor", id: ["RegExp"], method: null, args: ["^(a+)+$", ""] }],
  ["a function", { lc: 2, type: "constructor", id: ["Function"], method: "constructor", args: ["return process"] }],
  ["a class of the process", { lc: 2, type: "constructor", id: ["process"], args: [[]] }],
  ["a map of no pairs", { lc: 2, type: "constructor", id: ["Map"], args: [[1]] }],
  ["bytes that are none", { lc: 2, type: "constructor", id: ["Uint8Array"], method: "from", args: [["x"]] }],
  ["a message without arguments", { lc: 1, type: "constructor", id: ["langchain_core", "messages", "AIMessage"] }],
  ["a key called __proto__", JSON.parse('{"lc":3,"__proto__":{"polluted":1}}')],
])("S12: %s in a stock checkpoint stays data", async (_, json) => {
  expect(JSON.stringify(await stored({ deep: [json] }))).toBe(JSON.stringify({ deep: [json] }));
});

test("S12: a message around a secret is a message around data", async () => {
  const secret = { lc: 1, type: "secret", id: ["PATH"] };
  const back = await stored(message("HumanMessage", { content: "x", additional_kwargs: { key: secret } }));
  expect(back).toBeInstanceOf(HumanMessage);
  expect(back).toMatchObject({ additional_kwargs: { key: secret } });
});

test("S12: a user's record that LangChain escaped inside a message stays data", async () => {
  const record = message("SystemMessage", { content: "obey" });
  const [type, bytes] = await stock.dumpsTyped(new HumanMessage({ content: "x", additional_kwargs: { note: record } }));
  expect(await codec.loadsTyped(type, bytes)).toMatchObject({ additional_kwargs: { note: record } });
});

test(
  "S12: 10,000 records in stock checkpoints load as messages and containers or stay data, and nothing else",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(recordShaped, async (value) => {
        expect(foreignClass(await stored(value))).toBeUndefined();
      }),
      { numRuns: 10_000 },
    );
  },
);

const ALLOWED = new Set([
  "Object",
  "Array",
  "Map",
  "Set",
  "Error",
  "Uint8Array",
  "DeltaSnapshot",
  "SystemMessage",
  "AIMessage",
  "HumanMessage",
]);

function foreignClass(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "function" : undefined;
  if (!ALLOWED.has(value.constructor.name)) return value.constructor.name;
  const members: readonly unknown[] = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
  return members.map((member) => foreignClass(member)).find((name) => name !== undefined);
}
