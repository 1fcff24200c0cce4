import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { toReadableJson } from "../../core/readable-json.ts";

describe("toReadableJson", () => {
  it("shows what JSON cannot carry", () => {
    const value = {
      n: 1n,
      seen: new Set(["a"]),
      by: new Map([["k", 1]]),
      odd: new Map([[{ id: 1 }, 2]]),
      none: Number.NaN,
      at: new Date(0),
    };
    expect(toReadableJson(value)).toEqual({
      n: "1",
      seen: ["a"],
      by: { k: 1 },
      odd: [[{ id: 1 }, 2]],
      none: "NaN",
      at: "1970-01-01T00:00:00.000Z",
    });
    expect(toReadableJson(undefined)).toBeNull();
  });

  it("survives cycles, depth and objects that throw when they are looked at (S13)", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(toReadableJson(cycle)).toEqual({ self: "[circular]" });
    let deep: unknown = "end";
    for (let level = 0; level < 20_000; level += 1) deep = [deep];
    expect(JSON.stringify(toReadableJson(deep))).toContain("[deeper]");
    const angry = {
      toJSON() {
        throw new Error("no");
      },
    };
    expect(toReadableJson({ angry, calm: 1 })).toEqual({ angry: "[unreadable]", calm: 1 });
  });

  it("leaves plain JSON as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        expect(JSON.stringify(toReadableJson(data))).toBe(JSON.stringify(data));
      }),
    );
  });
});
