import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Document, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";

import { readPlainYaml } from "../../prompts/plain-yaml.ts";

/** Pieces of which lines are put together: what is plain, what nearly is, and what YAML gives a meaning of its own. */
const PLAIN_KEYS = [
  "topic",
  "facts(array, what was found)",
  "length?(enum)",
  "(*)",
  "a b",
  "a",
  "b",
  "k[0]",
  "a,b",
  "x-1",
  "baton.agent",
];
const ODD_KEYS = [
  "true",
  "Null",
  "1",
  '"q"',
  "constructor",
  "x y ",
  "- a",
  "ä",
  "k{",
  "__proto__",
  "a'b",
  "?a",
  "*a",
  "&a",
  ".a",
  "a:b",
  "a#",
];
const PLAIN_VALUES = [
  "",
  "",
  "",
  "string",
  "string, what it is",
  "a:b",
  "a#c",
  "a, b",
  "ü “q” – …",
  "a  b",
  "a\\b",
  "a{{b}}",
  "a]",
  "a -",
  "Is it: no",
  "0.3",
  "0",
  "-1",
  "12",
  "1.50",
  "-0.25",
  "true",
  "false",
  '"quoted"',
  '"with: colon # and hash"',
  "'single'",
  "[short, long]",
  "[a,b]",
  "[]",
];
const ODD_VALUES = [
  "-0",
  "1e3",
  "0x1f",
  "0o7",
  ".5",
  "5.",
  "007",
  "+1",
  "1_000",
  "123456789012345678",
  "True",
  "null",
  "NULL",
  "~",
  "tRue",
  "yes",
  "2001-01-01",
  "'it''s'",
  '"esc\\n"',
  '"open',
  "'open",
  '"a" b',
  '""',
  "[ a ]",
  "[a, true]",
  "[a, 1]",
  "[a,]",
  "[a b]",
  "[a,  b]",
  "[[a]]",
  "{}",
  "{ a: b }",
  "a: b",
  "a #c",
  "# c",
  "a:",
  "|",
  ">-",
  "&x a",
  "*x",
  "!t a",
  "@a",
  "%a",
  "`a`",
  "- a",
  "-",
  "--",
  "---",
  "...",
  "? a",
  ": a",
  "<<",
  "=",
  "}",
  "a\u00a0",
  "\u2028",
];

/** One line: how it stands to the line before, what it says, and how it ends. */
const entry = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(
      oftenOf(PLAIN_KEYS, ODD_KEYS),
      oftenOf([": "], [":  ", ":", " : "]),
      oftenOf(PLAIN_VALUES, ODD_VALUES),
    ),
  },
  { weight: 8, arbitrary: fc.tuple(oftenOf(PLAIN_KEYS, ODD_KEYS), fc.constant(":")) },
  { weight: 4, arbitrary: fc.tuple(oftenOf(["- "], ["-  ", "-"]), oftenOf(PLAIN_VALUES, ODD_VALUES)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("", "# comment", "#", "text", "   ")) },
  { weight: 1, arbitrary: fc.tuple(fc.string({ maxLength: 8, unit: "binary" })) },
);
const line = fc.tuple(
  oftenOf(["deeper", "same", "same", "out"], ["odd", "tab"]),
  entry,
  oftenOf([""], [" ", " # c", "\r", "\u00a0"]),
);
const yaml = fc.array(line, { maxLength: 12 }).map((lines) => {
  const indents = [0];
  let opens = true;
  return lines
    .map(([way, parts, end]) => {
      const said = parts.join("");
      if (way === "deeper" && opens && indents.length < 5) indents.push((indents.at(-1) ?? 0) + 2);
      if (way === "out" && indents.length > 1) indents.pop();
      opens = said.endsWith(":") || said.endsWith(": ");
      return `${" ".repeat((indents.at(-1) ?? 0) + (way === "odd" ? 1 : 0))}${way === "tab" ? "\t" : ""}${said}${end}`;
    })
    .join("\n");
});

function oftenOf(usual: readonly string[], rare: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 15, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}

describe("plain YAML", () => {
  it("is what the YAML package reads: the same values at the same places, and never a text that it refuses", () => {
    let plain = 0;
    fc.assert(
      fc.property(yaml, (text) => {
        if (agrees(text)) plain += 1;
      }),
      { numRuns: 8000 },
    );
    // The generator must reach it, or it tests nothing.
    expect(plain).toBeGreaterThan(500);
  });

  it("is so with every key and every value, in a map and in a list", () => {
    const values = [...PLAIN_VALUES, ...ODD_VALUES];
    const inMaps = [...PLAIN_KEYS, ...ODD_KEYS].flatMap((key) => values.map((value) => `${key}: ${value}\nlast: 1`));
    const texts = [...inMaps, ...values.map((value) => `list:\n  - ${value}\n  - a\nlast: 1`)];
    expect(texts.filter(agrees).length).toBeGreaterThan(300);
  });
});

/** Whether a text is plain; fails when the package reads another thing. */
function agrees(text: string): boolean {
  const found = readPlainYaml(text);
  if (found === undefined) return false;
  const lines = new LineCounter();
  const options = { schema: "core", version: "1.2", uniqueKeys: true, strict: true, prettyErrors: false } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  expect([...document.errors, ...document.warnings], text).toEqual([]);
  expect(found.value, text).toStrictEqual(document.toJS());
  const offsets = offsetsIn(document);
  for (const path of pathsOf(found.value)) {
    const { line: row, col } = lines.linePos(nearest(offsets, path));
    expect([path, found.place(path)], text).toMatchObject([path, { line: Math.max(1, row), column: Math.max(1, col) }]);
  }
  return true;
}

function pathsOf(value: unknown, path: readonly PropertyKey[] = []): readonly (readonly PropertyKey[])[] {
  const own = [path, [...path, "absent"], [...path, 99]];
  if (Array.isArray(value)) return [...own, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (typeof value !== "object" || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

/** Where the package says that each key and each item of a list is written, by path. */
function offsetsIn(document: Document): ReadonlyMap<string, number> {
  const offsets = new Map([[pathKey([]), 0]]);
  visit(document, {
    Pair(_, pair, parents) {
      if (isScalar(pair.key)) offsets.set(pathKey(pathTo([...parents, pair])), pair.key.range?.[0] ?? Number.NaN);
    },
    Node(_, node, parents) {
      if (isSeq(parents.at(-1))) offsets.set(pathKey(pathTo([...parents, node])), node.range?.[0] ?? Number.NaN);
    },
  });
  return offsets;
}

/** Names and positions that lead through the nodes to the last of them. */
function pathTo(nodes: readonly unknown[]): readonly PropertyKey[] {
  return nodes.flatMap((node, at): readonly PropertyKey[] => {
    const parent = nodes[at - 1];
    if (isPair(node) && isScalar(node.key)) return [String(node.key.value)];
    return isSeq(parent) ? [parent.items.indexOf(node)] : [];
  });
}

/** What is not there is placed at the nearest parent that is. */
function nearest(offsets: ReadonlyMap<string, number>, path: readonly PropertyKey[]): number {
  return offsets.get(pathKey(path)) ?? nearest(offsets, path.slice(0, -1));
}

function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path);
}
