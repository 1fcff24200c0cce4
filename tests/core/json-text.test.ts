import fc from "fast-check";
import { expect, it, test } from "vitest";

import { isJsonObject, type JsonValue } from "../../core/json.ts";
import { jsonTextReader } from "../../core/json-text.ts";
import { type Path, printPath } from "../../core/path.ts";

/** What a reader hands out of a document that arrives in pieces of `size` code units, joined by path. */
function read(document: string, size: number): Readonly<Record<string, string>> {
  const reader = jsonTextReader();
  const texts = new Map<string, string>();
  for (let at = 0; at < document.length; at += size)
    for (const { path, text } of reader.read(document.slice(at, at + size)))
      texts.set(path, (texts.get(path) ?? "") + text);
  return Object.fromEntries(texts);
}

/** Every text that is not empty, by its path. */
function textsIn(value: JsonValue, path: Path = []): readonly (readonly [string, string])[] {
  if (typeof value === "string") return value === "" ? [] : [[printPath(path), value]];
  if (Array.isArray(value)) return value.flatMap((item: JsonValue, index) => textsIn(item, [...path, index]));
  return isJsonObject(value) ? Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key])) : [];
}

it("hands out every text of any document, wherever that is cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", "é", "😀", "\u0001", "{", "[", ":", ",") });
  const tree = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom<JsonValue>(null, true, 12.5),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text, tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  fc.assert(
    fc.property(
      fc.dictionary(text, tree, { maxKeys: 3 }),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom(undefined, 2),
      (document, size, indent) => {
        expect(read(JSON.stringify(document, undefined, indent), size)).toEqual(Object.fromEntries(textsIn(document)));
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ['{"a":"x\\ud83d\\ude00y"}', { a: "x😀y" }, "escaped halves of a character"],
  ['```json\n{"a":"b"}\n```', { a: "b" }, "a document in a code block"],
  ['{"a":"b"} {"c":"d"}', { a: "b" }, "what stands behind the document"],
  ["No JSON at all.", {}, "prose"],
  ['{"a":"cut off', { a: "cut off" }, "a document without an end"],
  ['{"a":"\\uZZZZ","b":"c"}', { a: "\0", b: "c" }, "an escape that is none"],
  ["]}{}[,:", {}, "brackets in disorder"],
])("reads %s as %j: %s", (document, texts, _what) => {
  for (const size of [1, 3, 100]) expect(read(document, size)).toEqual(texts);
});
