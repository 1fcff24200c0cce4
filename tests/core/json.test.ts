import fc from "fast-check";
import { describe, expect, it, test } from "vitest";

import { assertJson, canonicalJson, digest, type JsonValue } from "../../core/json.ts";

describe("assertJson", () => {
  test.each<[string, unknown, string]>([
    ["a function", { a: { b: () => 1 } }, "`state.a.b` holds a function"],
    ["a date", { when: new Date(0) }, "`state.when` holds an instance of Date"],
    ["NaN", [1, Number.NaN], "`state[1]` holds NaN"],
    ["a BigInt", { n: 1n }, "`state.n` holds a bigint"],
    ["minus zero", { n: -0 }, "`state.n` holds -0"],
    ["undefined in a list", [undefined], "`state[0]` holds undefined"],
  ])("refuses %s and names its path", (_case, value, words) => {
    expect(() => assertJson(value, "state")).toThrow(
      expect.objectContaining({ code: "state-not-serializable", message: expect.stringContaining(words) }),
    );
  });

  it("refuses a cycle, but takes the same object twice", () => {
    const shared = { x: 1 };
    expect(assertJson([shared, shared], "v")).toEqual([{ x: 1 }, { x: 1 }]);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => assertJson(cycle, "v")).toThrow(/`v\.self` holds a cycle/u);
  });

  it("leaves out what is undefined in an object", () => {
    expect(assertJson({ a: undefined, b: null }, "v")).toEqual({ b: null });
  });
});

describe("digest", () => {
  it("is the same for equal data, whatever the order of its keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        // fast-check's JsonValue is the same set of values under another name.
        const one = data as { readonly [key: string]: JsonValue };
        const other = Object.fromEntries(Object.entries(one).toReversed());
        expect(digest(other)).toBe(digest(one));
        expect(JSON.parse(canonicalJson(one))).toEqual(JSON.parse(JSON.stringify(one)));
      }),
    );
  });

  it("differs for data that only looks alike", () => {
    const alike: readonly JsonValue[] = [
      ["a", "b"],
      ["a,b"],
      { a: "b" },
      "a,b",
      ["ab"],
      [["a"], "b"],
      1,
      "1",
      null,
      "null",
      [],
      {},
    ];
    expect(new Set(alike.map(digest)).size).toBe(alike.length);
  });
});
