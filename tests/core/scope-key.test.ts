import fc from "fast-check";
import { expect, test } from "vitest";

import { keySegment, scopeKey } from "../../core/scope-key.ts";

const NAMES = fc.array(
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom(
        ":",
        "~",
        "%",
        "_",
        "*",
        "?",
        "[",
        "]",
        "{",
        "}",
        "\\",
        "\u0000",
        "\ud800",
        "1",
        "a",
        "A",
        ".",
      ),
    }),
    fc.string({ minLength: 190, maxLength: 260, unit: fc.constantFrom("a", "b", ":") }),
  ),
  { minLength: 1, maxLength: 3 },
);

test("S03 S15: different lists of names never share a key", () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(NAMES, (names) => {
      const key = scopeKey(...names);
      const text = JSON.stringify(names);
      expect(seen.get(key) ?? text).toBe(text);
      seen.set(key, text);
    }),
    { numRuns: 5_000 },
  );
});

test("S15: a segment holds no separator, wildcard, brace, quote or line break, and is short", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (name) => {
      expect(keySegment(name)).toMatch(/^[A-Za-z0-9._~-]{0,200}$/);
    }),
  );
});

test.each([
  ["acme", "acme"],
  ["Acme-1.b_c", "Acme-1.b_c"],
  ["a:b", "a~003ab"],
  ["~003a", "~007e003a"],
  ["", ""],
])("%j becomes %j", (name, segment) => {
  expect(keySegment(name)).toBe(segment);
});

test("the segment of a long name is not the segment of any name that spells it", () => {
  const segment = keySegment("a".repeat(300));
  expect([keySegment(segment), keySegment(segment.slice(2))]).not.toContain(segment);
});
