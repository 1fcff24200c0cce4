import fc from "fast-check";

import { BatonError } from "../../core/errors.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { compileTexts } from "./prompt-texts.ts";

/** Stands in files and must not come back in an error. */
const CANARY = "s3cret-canary";
const VALUES = { q: "text", l: ["a", "b"], o: { x: 1 }, recalled: "<r>" };

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

/** A prompt file, the partial it may include, and the values it is filled with. */
export interface PromptCase {
  readonly text: string;
  readonly partial: string;
  readonly values: unknown;
}

/** Prompts from nearly right to pure noise. */
export const promptCase: fc.Arbitrary<PromptCase> = fc.record({ text: file, partial: template, values: value });

/** What became of a case; `defect` says what must never happen. */
export type CaseOutcome =
  | { readonly kind: "rendered" }
  | { readonly kind: "refused" }
  | { readonly kind: "defect"; readonly what: string };

/** Compiles and renders a case: anything but messages, or a typed error that names a place and quotes nothing, is a defect. */
export function runCase({ text, partial, values }: PromptCase): CaseOutcome {
  try {
    const files = {
      "p.prompt": text,
      "_p.prompt": partial,
      "_cycle.prompt": "{{> cycle}}",
      "schemas/S.json": '{"properties": {"q": {}}}',
    };
    // JSON makes own properties of `__proto__` and the like, as input from outside does.
    const { messages } = compileTexts(files).render(JSON.parse(JSON.stringify(values)) as JsonObject);
    const stray = messages.find(({ role }) => !ROLES.includes(role));
    return stray === undefined ? { kind: "rendered" } : { kind: "defect", what: `a message of \`${stray.role}\`` };
  } catch (error) {
    return judge(error);
  }
}

const ROLES: readonly JsonValue[] = ["system", "user", "assistant"];

function judge(error: unknown): CaseOutcome {
  if (!BatonError.is(error)) return { kind: "defect", what: `an untyped error: ${String(error)}` };
  if (!/^prompt-(?:invalid|variable)$/u.test(error.code)) return { kind: "defect", what: `the code ${error.code}` };
  if (!/\((?:p|_p|_cycle)\.prompt:\d+(?::\d+)?\)$/u.test(error.message))
    return { kind: "defect", what: `an error without a place: ${error.message}` };
  if (`${error.message}${error.hint}${String(error.cause)}`.includes(CANARY))
    return { kind: "defect", what: `an error that quotes the file: ${error.message}` };
  return { kind: "refused" };
}
