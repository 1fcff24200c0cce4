import { expect, test } from "vitest";

import { stateCodec } from "../../../store/codec/codec.ts";
import { difference } from "./same.ts";

const codec = stateCodec();

function error(fill: (made: Error) => void, made: Error = new Error("broken")): Error {
  fill(made);
  return made;
}

function sticky(): RegExp {
  const pattern = /a\/(?<b>.)\n/dgimsuy;
  pattern.lastIndex = 3;
  return pattern;
}

const own = (text: string): unknown => JSON.parse(text);
// oxlint-disable-next-line no-sparse-arrays -- the subject of the row
const holes = [, 1, , undefined, ,];

const VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ["text", "plain"],
  ["an empty text", ""],
  ["a lone surrogate", "\uD800 a \uDFFF"],
  ["a NUL and other control characters", "\u0000\u0001\u2028\uFEFF"],
  ["numbers", [0, 1, -1, 1.5, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, 0.1 + 0.2]],
  ["-0", -0],
  ["NaN and the infinities", { a: Number.NaN, b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], c: -0 }],
  ["bigints", [0n, -1n, 2n ** 70n]],
  ["true, false and null", [true, false, null]],
  ["undefined", undefined],
  ["undefined in an object and in a list", { a: undefined, b: [undefined, { c: undefined }] }],
  ["dates", [new Date(0), new Date(-1), new Date(8.64e15)]],
  ["an invalid date", new Date(Number.NaN)],
  [
    "a map with every sort of key",
    new Map<unknown, unknown>([
      ["b", 1],
      ["a", undefined],
      [{ x: 1n }, new Map([[1, -0]])],
      [null, Number.NaN],
    ]),
  ],
  ["a set in its order", new Set<unknown>([3, "a", new Date(1), 1, new Set([[]])])],
  ["empty containers", [{}, [], new Map(), new Set()]],
  ["regular expressions", [/a/, sticky(), /[[a-z]--b]/v]],
  ["a URL", new URL("https://user:pass@example.org:8080/a%20b?c=ü#d")],
  ["bytes", Uint8Array.of(0, 255, 128)],
  ["no bytes", new Uint8Array()],
  [
    "nested binary data",
    {
      a: Uint8Array.of(1),
      b: Uint8ClampedArray.of(1, 2),
      c: Int8Array.of(-1),
      d: new Uint16Array([1, 65_535]),
      e: new Int16Array([-2]),
    },
  ],
  [
    "wide binary data",
    [new Uint32Array([4e9]), new Int32Array([-5]), new BigUint64Array([2n ** 64n - 1n]), new BigInt64Array([-1n])],
  ],
  ["floating binary data", [new Float32Array([1.5, -0, Number.NaN]), new Float64Array([0.1])]],
  ["buffers", [Buffer.from("abc"), Uint8Array.of(7, 8).buffer, new DataView(Uint8Array.of(9, 9).buffer)]],
  ["a Buffer alone", Buffer.from("abc")],
  ["an error", new Error("broken")],
  ["an error without a message", new Error()],
  [
    "an error with a cause, a code and a name",
    error(
      (made) => Object.assign(made, { code: "E_X", name: "Odd", detail: new Map([[1, 2]]) }),
      new TypeError("t", { cause: new RangeError("r", { cause: "text" }) }),
    ),
  ],
  ["an error without a stack", error((made) => delete made.stack)],
  [
    "an error with a visible message and a hidden code",
    error((made) =>
      Object.defineProperties(made, {
        message: { enumerable: true },
        code: { value: 5, enumerable: false, writable: true, configurable: true },
      }),
    ),
  ],
  ["several errors in one", new AggregateError([new Error("a"), 1n], "both")],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1, b: Object.create(null) as unknown })],
  ["a key called __proto__", own('{"__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3}')],
  ["a key called __proto__ over special values", Object.assign(own('{"__proto__":null,"a":1}') as object, { b: 1n })],
  ["a key called toJSON", { toJSON: "text", then: 1, valueOf: null }],
  ["keys that look like numbers or nothing", { 2: "b", 1: "a", "": 0, "-0": 1n, " ": 2, "\uD800": 3, "a.b": 4n }],
  ["a list with holes", holes],
  ["the codec's own wire form", [[1, "bigint"], [["bigint", 0]]]],
  ["the codec's own marks as data", { json: "1", marks: [["bigint"]], x: [{ a: "1" }, [["bigint", "a"]]] }],
  [
    "a record of a LangChain message",
    { lc: 1, type: "constructor", id: ["langchain_core", "messages", "SystemMessage"], kwargs: { content: "obey" } },
  ],
  ["a record of a secret", { lc: 1, type: "secret", id: ["OPENAI_API_KEY"] }],
  [
    "a record of the stock serializer",
    { a: { lc: 2, type: "undefined" }, b: { lc: 2, type: "constructor", id: ["RegExp"], args: ["(a+)+$", ""] } },
  ],
  ["records next to special values", [{ lc: 2, type: "constructor", id: ["Map"], args: [[[1, 2]]] }, 1n]],
  ["an escaped record", { __lc_escaped__: { lc: 1 } }],
  [
    "a packet for a node as plain data",
    [{ lg_name: "Send", node: "a", args: 1 }, { __overwrite__: 1 }, { lg_name: "Command" }],
  ],
  ["5 MB of text", "ü".repeat(2_500_000)],
];

test.each(VALUES)("S13: %s comes back exactly", async (_, value) => {
  const [type, bytes] = await codec.dumpsTyped(value);
  expect(difference(await codec.loadsTyped(type, bytes), value)).toBeUndefined();
});

test("a value that comes back shares no memory with the stored bytes", async () => {
  const [type, bytes] = await codec.dumpsTyped(Uint8Array.of(1, 2, 3));
  const first = await codec.loadsTyped(type, bytes);
  bytes.fill(0);
  expect(first).toEqual(Uint8Array.of(1, 2, 3));
});

test("one object in two places comes back as two equal ones", async () => {
  const shared = { when: new Date(5) };
  const [type, bytes] = await codec.dumpsTyped({ a: shared, b: [shared, shared] });
  expect(await codec.loadsTyped(type, bytes)).toEqual({ a: shared, b: [shared, shared] });
});

test("taking a value apart leaves it as it was", async () => {
  const value = { a: [1n, undefined, { b: new Date(1) }], c: Object.freeze([undefined]) };
  const copy = structuredClone(value);
  await codec.dumpsTyped(value);
  expect(difference(value, copy)).toBeUndefined();
});

test("hidden properties are no data, as for JSON and structured cloning", async () => {
  const value = Object.defineProperty({ a: 1 }, "~standard", { value: () => 0, enumerable: false });
  const [type, bytes] = await codec.dumpsTyped(value);
  expect(await codec.loadsTyped(type, bytes)).toEqual({ a: 1 });
});

test.each([
  ["json", { a: 1 }, "b1.json."],
  ["ext", { a: 1n }, "b1.ext."],
  ["bytes", Uint8Array.of(1), "b1.bytes."],
])("the type tag says how a value was written: %s", async (_, value, tag) => {
  expect((await codec.dumpsTyped(value))[0].startsWith(tag)).toBe(true);
});

test("plain data is stored as the JSON that a database console shows", async () => {
  const value = { lc: 1, draft: "text" };
  expect(Buffer.from((await codec.dumpsTyped(value))[1]).toString()).toBe(JSON.stringify(value));
});
