import fc from "fast-check";
import { expect, test } from "vitest";

import { parsePath, printPath, valueAt } from "../../core/path.ts";

test.for([
  ["draft", ["draft"]],
  ["facts[3]", ["facts", 3]],
  ["report.sections[0].title", ["report", "sections", 0, "title"]],
  ['a["b.c"][12].d', ["a", "b.c", 12, "d"]],
  ['["say \\"hi\\""]', ['say "hi"']],
  ["grid[1][2]", ["grid", 1, 2]],
])("reads %s", ([text, path]) => {
  expect(parsePath(String(text))).toEqual(path);
});

test.for(["", "a..b", "a[", "a[x]", "[-1]", "a]b", ".", "a."])("refuses %j", (text) => {
  expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: "bad-usage" }));
});

test("reads back every path that it prints", () => {
  const part = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.nat());
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (path) => {
      expect(parsePath(printPath(path))).toEqual(path);
    }),
  );
});

test("finds own values only, and nothing where there is none", () => {
  const state = { facts: ["a", { b: null }] };
  expect(valueAt(state, ["facts", 1, "b"])).toBeNull();
  expect(valueAt(state, ["facts", 7])).toBeUndefined();
  expect(valueAt(state, ["facts", "length"])).toBeUndefined();
  expect(valueAt(state, ["constructor"])).toBeUndefined();
  expect(valueAt(undefined, ["facts"])).toBeUndefined();
});
