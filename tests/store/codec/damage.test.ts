import { HumanMessage } from "@langchain/core/messages";
import { Send } from "@langchain/langgraph";
import fc from "fast-check";
import { expect, test } from "vitest";

import { BatonError } from "../../../core/errors.ts";
import { stateCodec } from "../../../store/codec/codec.ts";
import { tagOf } from "../../../store/codec/tag.ts";
import { RUNS } from "./hostile-data.ts";

const codec = stateCodec();
const place = { channel: "facts" };

const SAMPLES: readonly (readonly [name: string, value: unknown])[] = [
  ["plain data", { a: [1, "text", null], b: "ü" }],
  [
    "special values",
    { a: 1n, b: new Map([["k", new Date(1)]]), c: [undefined, new HumanMessage("x"), new Send("a", {})] },
  ],
  ["bytes", Uint8Array.of(1, 2, 3, 4)],
];

test.each(SAMPLES)("every bit that flips and every cut is found: %s", async (_, value) => {
  const [type, bytes] = await codec.dumpsTyped(value);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await expect(codec.loadsTyped(type, damaged, place)).rejects.toMatchObject({
      code: "checkpoint-unreadable",
      message: expect.stringContaining("channel `facts`"),
    });
  }
  for (let length = 0; length < bytes.length; length += 1) {
    await expect(codec.loadsTyped(type, bytes.slice(0, length))).rejects.toMatchObject({
      code: "checkpoint-unreadable",
    });
  }
});

const ext = (json: unknown, ...marks: readonly unknown[]): unknown => [json, marks];

test.each<readonly [string, unknown]>([
  ["no marks", { a: 1 }],
  ["a mark that is no list", ext({}, "bigint")],
  ["a mark without a name", ext({}, [1])],
  ["an unknown kind", ext({ a: 1 }, ["Function", "a"])],
  ["a kind of a global", ext({ a: "return 1" }, ["constructor", "a"])],
  ["a way that leads nowhere", ext({ a: 1 }, ["bigint", "b"])],
  ["a way into the prototype", ext({ a: {} }, ["Date", "a", "__proto__", "toString"])],
  ["a way into a text", ext("abc", ["bigint", 0])],
  ["a way beyond the end of a list", ext([1], ["undefined", 5])],
  ["a hole instead of the value", ext([1], ["hole"])],
  ["a hole in an object", ext({ a: 1 }, ["hole", "a"])],
  ["a bigint that is none", ext("1n", ["bigint"])],
  ["a date that is none", ext("2020-01-01", ["Date"])],
  ["a map that is none", ext([[1]], ["Map"])],
  ["an expression that is none", ext(["(", "", 0], ["RegExp"])],
  ["a URL that is none", ext("nowhere", ["URL"])],
  ["base64 that is none", ext("%%%", ["Uint8Array"])],
  ["binary data of half an element", ext("AAA=", ["Float64Array"])],
  ["an error that is none", ext([1, 2], ["Error"])],
  ["a message that is none", ext(["x"], ["AIMessage"])],
  ["a command that is none", ext([{}, 1], ["Command"])],
  ["a prototype for a list", ext([], ["null-prototype"])],
])("S12: stored marks that this codec never writes are an error: %s", async (_, stored) => {
  const bytes = Buffer.from(JSON.stringify(stored));
  await expect(codec.loadsTyped(tagOf("ext", bytes), bytes)).rejects.toMatchObject({ code: "checkpoint-unreadable" });
});

test.each<readonly [string, string, string]>([
  ["an unknown type", "pickle", "x"],
  ["a later format", "b2.json.00000000", "{}"],
  ["a stock value cut short", "json", '{"a":'],
  ["a stock value that is empty", "json", ""],
  ["a stock value nested too deep", "json", `${'{"lc":3,"a":['.repeat(60_000)}${"]}".repeat(60_000)}`],
])("%s is unreadable", async (_, type, data) => {
  await expect(codec.loadsTyped(type, data)).rejects.toMatchObject({ code: "checkpoint-unreadable" });
});

test("a stock value is read down to the depth that this codec writes, and no deeper", async () => {
  const nested = (pairs: number): string => `${'{"lc":3,"a":['.repeat(pairs)}${"]}".repeat(pairs)}`;
  expect(JSON.stringify(await codec.loadsTyped("json", nested(1_000)))).toBe(nested(1_000));
  await expect(codec.loadsTyped("json", nested(1_001))).rejects.toMatchObject({
    code: "checkpoint-unreadable",
    cause: { message: "data nested deeper than 2000 levels" },
  });
});

test(
  `S12: ${RUNS} arbitrary blobs with a true checksum load as data or give a typed error`,
  { timeout: 120_000 },
  async () => {
    const kind = fc.constantFrom(
      "Date",
      "Map",
      "Set",
      "RegExp",
      "Error",
      "AIMessage",
      "Send",
      "Command",
      "Document",
      "hole",
      "null-prototype",
      "bigint",
      "Buffer",
    );
    const mark = fc
      .tuple(kind, fc.array(fc.oneof(fc.constantFrom("a", "__proto__", "lc_kwargs"), fc.nat(2)), { maxLength: 3 }))
      .map(([name, path]) => [name, ...path]);
    const json = fc.letrec((tie) => ({
      v: fc.oneof(
        fc.integer(),
        fc.constantFrom("x", "AAAA"),
        fc.array(tie("v"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "lc_kwargs", "content"), tie("v"), { maxKeys: 2 }),
      ),
    })).v;
    await fc.assert(
      fc.asyncProperty(json, fc.array(mark, { maxLength: 4 }), async (data, marks) => {
        const bytes = Buffer.from(JSON.stringify([data, marks]));
        await codec.loadsTyped(tagOf("ext", bytes), bytes).catch((error: unknown) => {
          if (!BatonError.is(error) || error.code !== "checkpoint-unreadable") throw error;
        });
        expect(Reflect.get({}, "a")).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  },
);
