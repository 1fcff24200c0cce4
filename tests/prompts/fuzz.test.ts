import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BatonError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { decodeText } from "../../prompts/decode.ts";
import { compileTexts } from "./prompt-folder.ts";

const CANARY = "s3cret-canary";
const VALUES: JsonObject = { q: "text", l: ["a", "b"], o: { x: 1 }, recalled: "<r>" };

const settings = fc.constantFrom(
  "input: {schema: {q: string}}",
  "input:\n  schema:\n    q: string\n    l(array): string\n    o(object):\n      x: integer",
  "input: {schema: {'l?(array)': any}}",
  "model: x",
  "config: {temperature: 1}",
  "output: {schema: {a: string}}",
  "output: {format: json}",
  "tools: [a]",
  "baton.agent: x",
  "ext: {other: {a: 1}}",
  "description: >\n  a\n  b",
  "input: {default: {q: 1}}",
  "input: {schema: {type: object, properties: {q: {type: [string, 'null']}}}}",
  "input: {schema: S}",
  "a: *b",
  "x: !!set {a}",
  "? [a]\n: b",
  "model: [",
  "- a",
  "__proto__: 1",
  "\t",
  "\u0000",
  "#",
  "...",
  "---",
  "%YAML 1.1",
  "<<: {a: 1}",
);
const tags = fc.constantFrom(
  "{{q}}",
  "{{l}}",
  "{{o.x}}",
  "{{#each l}}",
  "{{/each}}",
  "{{#if q}}",
  "{{else}}",
  "{{else if l}}",
  "{{/if}}",
  "{{#with o}}",
  "{{/with}}",
  "{{#each l as |a b|}}",
  "{{a}}",
  "{{../q}}",
  "{{@index}}",
  "{{@root.q}}",
  '{{role "system"}}',
  '{{role "user"}}',
  "{{role q}}",
  "{{> p}}",
  "{{> cycle}}",
  "{{> a/b}}",
  "{{json o}}",
  "{{json this indent=2}}",
  "{{recalled}}",
  "{{{q}}}",
  "{{&q}}",
  "{{~q~}}",
  "{{!c}}",
  "{{!--",
  "--}}",
  "{{",
  "}}",
  "{{{",
  "}}}",
  "{{{{",
  "\\{{",
  "{{#",
  "{{/",
  "{{^l}}",
  "{{#> p}}",
  "{{*d}}",
  "{{[a b]}}",
  '{{"s"}}',
  "{{1}}",
  "{{this}}",
  "{{.}}",
  "{{q.constructor}}",
  "{{__proto__}}",
  "{{lookup o 'x'}}",
  "{{(q)}}",
  "{{q q=1}}",
  "{{#ifEquals q 'a'}}",
  "{{/ifEquals}}",
  "{{else",
  "\n",
  "  ",
  "text",
  "---\n",
  "\r\n",
  "\u2028",
  "\uFEFF",
  CANARY,
);
const template = fc
  .array(fc.oneof({ weight: 8, arbitrary: tags }, fc.string()), { maxLength: 14 })
  .map((parts) => parts.join(""));
const file = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(settings, { maxLength: 3 }), template)
      .map(([lines, body]) => `---\n${lines.join("\n")}\n---\n${body}`),
  },
  { weight: 2, arbitrary: template },
  { weight: 1, arbitrary: fc.tuple(settings, template).map(([line, body]) => `---\n# ${CANARY}\n${line}\n${body}`) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
);
const value = fc.oneof(
  fc.constant(VALUES),
  fc.dictionary(fc.constantFrom("q", "l", "o", "recalled", "__proto__"), fc.jsonValue()),
);

describe("any text", () => {
  it("compiles and renders, or is refused with a place and without quoting the file, in less than a second", () => {
    let rendered = 0;
    let refused = 0;
    fc.assert(
      fc.property(file, template, value, (text, partial, values) => {
        const started = performance.now();
        try {
          // JSON makes own properties of `__proto__` and the like, as input from outside does.
          const { messages } = compileTexts({
            "p.prompt": text,
            "_p.prompt": partial,
            "_cycle.prompt": "{{> cycle}}",
            "schemas/S.json": '{"properties": {"q": {}}}',
          }).render(JSON.parse(JSON.stringify(values)));
          for (const { role } of messages) expect(["system", "user", "assistant"]).toContain(role);
          rendered += 1;
        } catch (error) {
          if (!BatonError.is(error)) throw error;
          expect(error.code).toMatch(/^prompt-(?:invalid|variable)$/u);
          expect(error.message).toMatch(/\((?:p|_p|_cycle)\.prompt:\d+(?::\d+)?\)$/u);
          expect(`${error.message}${error.hint}${String(error.cause)}`).not.toContain(`${CANARY}\n`);
          refused += 1;
        }
        expect(performance.now() - started).toBeLessThan(1000);
      }),
      { numRuns: 2500 },
    );
    // The generator must reach both ends, or it tests nothing.
    expect(Math.min(rendered, refused)).toBeGreaterThan(100);
  });

  it("is decoded exactly or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(Buffer.from(decodeText(bytes, "p.prompt"))).toEqual(Buffer.from(bytes));
        } catch (error) {
          if (!BatonError.is(error)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
