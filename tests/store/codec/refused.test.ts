import { AIMessage } from "@langchain/core/messages";
import { expect, test } from "vitest";

import { stateCodec } from "../../../store/codec/codec.ts";

class Money {
  amount = 1;
}
class Shouting extends AIMessage {}
const impostor = { AIMessage: class extends AIMessage {} };
class Failure extends Error {}
class Facts extends Array<number> {}

const cycle: Record<string, unknown> = { facts: [{}] };
cycle["facts"] = [0, { back: cycle }];
const mapCycle = new Map<string, unknown>();
mapCycle.set("self", { again: mapCycle });

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { a: value } : [value];
  return value;
}

const at = (value: unknown): unknown => ({ facts: [0, 1, 2, { when: value }] });

const REFUSED: readonly (readonly [name: string, value: unknown, path: string, found: string])[] = [
  ["a function", at(() => 1), "state.work.facts[3].when", "a function"],
  ["a symbol", at(Symbol("x")), "state.work.facts[3].when", "a symbol"],
  ["a class instance", at(new Money()), "state.work.facts[3].when", "an instance of Money"],
  ["a class", at(Money), "state.work.facts[3].when", "a function"],
  ["a subclass of a message", at(new Shouting("hi")), "state.work.facts[3].when", "an instance of Shouting"],
  [
    "a subclass with the name of a message",
    at(new impostor.AIMessage("hi")),
    "state.work.facts[3].when",
    "an instance of AIMessage",
  ],
  ["a subclass of an error", at(new Failure("x")), "state.work.facts[3].when", "an instance of Failure"],
  ["a subclass of a list", at(Facts.of(1)), "state.work.facts[3].when", "an instance of Facts"],
  ["a weak map", at(new WeakMap()), "state.work.facts[3].when", "an instance of WeakMap"],
  ["a promise", at(Promise.resolve(1)), "state.work.facts[3].when", "an instance of Promise"],
  ["a boxed number", at(Object(1)), "state.work.facts[3].when", "an instance of Number"],
  ["shared memory", at(new SharedArrayBuffer(1)), "state.work.facts[3].when", "an instance of SharedArrayBuffer"],
  ["a made-up prototype", at(Object.create({ inherited: 1 })), "state.work.facts[3].when", "an instance of Object"],
  ["a false date", at(Object.create(Date.prototype)), "state.work.facts[3].when", "a value that cannot be taken apart"],
  [
    "a computed property",
    at({
      get now() {
        return 1;
      },
    }),
    "state.work.facts[3].when.now",
    "a computed property",
  ],
  ["a key that is a symbol", at({ [Symbol("k")]: 1 }), "state.work.facts[3].when", "the property `Symbol(k)`"],
  [
    "a date with a property",
    at(Object.assign(new Date(), { zone: 1 })),
    "state.work.facts[3].when",
    "an own property `zone` on an instance of Date",
  ],
  ["a list with a property", at("a".match(/a/)), "state.work.facts[3].when", "a list with the property `groups`"],
  [
    "a list of almost only holes",
    at(Array.from({ length: 0 }).concat(Object.assign([], { length: 4e9 }))),
    "state.work.facts[3].when",
    "a list with 4000000000 holes",
  ],
  ["something inside a map", at(new Map([["k", () => 1]])), "state.work.facts[3].when[0][1]", "a function"],
  [
    "something inside an error",
    at(new Error("x", { cause: new Money() })),
    "state.work.facts[3].when.cause",
    "an instance of Money",
  ],
  [
    "something inside a message",
    at(new AIMessage({ content: "x", additional_kwargs: { odd: new Money() } })),
    "state.work.facts[3].when.additional_kwargs.odd",
    "an instance of Money",
  ],
  ["an odd key", { "a b": { "1st": () => 1 } }, 'state.work["a b"]["1st"]', "a function"],
  ["a cycle", cycle, "state.work.facts[1].back", "a cycle"],
  ["a cycle through a map", mapCycle, "state.work[0][1].again", "a cycle"],
];

test.each(REFUSED)("S13: %s is refused with its path", async (_, value, path, found) => {
  const stored = stateCodec().dumpsTyped(value, { channel: "work" });
  await expect(stored).rejects.toMatchObject({
    code: "state-not-serializable",
    message: `\`${path}\` holds ${found}, which a checkpoint cannot bring back as it was.`,
  });
});

test("the input of a run is named as the state", async () => {
  const stored = stateCodec().dumpsTyped({ facts: [Symbol.iterator] }, { channel: "__start__" });
  await expect(stored).rejects.toThrow("`state.facts[0]` holds a symbol");
});

test.each([1_000, 2_000])("S13: %i levels come back exactly", async (levels) => {
  const codec = stateCodec();
  const [type, bytes] = await codec.dumpsTyped(nested(levels));
  expect(JSON.stringify(await codec.loadsTyped(type, bytes))).toBe(JSON.stringify(nested(levels)));
});

test.each([2_001, 20_000, 200_000])("S13: %i levels are refused, never a RangeError", async (levels) => {
  await expect(stateCodec().dumpsTyped(nested(levels))).rejects.toMatchObject({ code: "state-not-serializable" });
});

test("S13: special values at 2,000 levels come back", async () => {
  let value: unknown = 1n;
  for (let level = 0; level < 1_000; level += 1) value = new Set([value]);
  const codec = stateCodec();
  const [type, bytes] = await codec.dumpsTyped(value);
  let found = await codec.loadsTyped(type, bytes);
  for (let level = 0; level < 1_000; level += 1) found = found instanceof Set ? [...found][0] : undefined;
  expect(found).toBe(1n);
});
