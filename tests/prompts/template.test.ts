import fc from "fast-check";
import Handlebars from "handlebars";
import { describe, expect, it, test } from "vitest";

import type { JsonObject } from "../../core/json.ts";
import { compileTexts } from "./prompt-texts.ts";

const SCHEMA = `---
input:
  schema:
    s: string
    n: number
    b: boolean
    none?: string
    gone?(array): string
    list(array): string
    items(array):
      a: string
      sub(array): string
    o(object):
      x: string
      y?: string
---
`;
// Tests every variable without printing one, so that no case has to use them all.
const USES =
  "{{#if s}}{{/if}}{{#if n}}{{/if}}{{#if b}}{{/if}}{{#if none}}{{/if}}{{#if gone}}{{/if}}{{#if list}}{{/if}}{{#if items}}{{/if}}{{#if o}}{{/if}}";
const VALUES: JsonObject = {
  s: "<b> & {{s}}",
  n: 0,
  b: true,
  list: ["one", "two\nlines", ""],
  items: [
    { a: "A", sub: ["x"] },
    { a: "B", sub: [] },
  ],
  o: { x: "ex" },
};

const PARTIALS = {
  _plain: "plain {{s}}",
  _lines: "first {{s}}\nsecond\n",
  _context: "[{{x}} {{y}}]",
  _given: "({{p}} {{n}})\n",
};

function render(template: string, values: JsonObject = VALUES): string {
  const partials = Object.entries(PARTIALS).map(([name, text]) => [`${name}.prompt`, text]);
  const prompt = compileTexts({ "p.prompt": `${SCHEMA}<${template}>${USES}`, ...Object.fromEntries(partials) });
  const { messages } = prompt.render(values);
  expect(messages).toHaveLength(1);
  return messages[0]?.content.slice(1, -1) ?? "";
}

const handlebars = Handlebars.create();
handlebars.registerHelper("json", (value: unknown, options: Handlebars.HelperOptions) => {
  const { indent } = options.hash as { readonly indent?: number };
  return JSON.stringify(value, null, indent);
});
for (const [name, text] of Object.entries(PARTIALS)) handlebars.registerPartial(name.slice(1), text);

describe("template", () => {
  test.each([
    ["{{s}}", "<b> & {{s}}"],
    ["{{{s}}}|{{&s}}|{{this.s}}|{{./s}}|{{@root.s}}", Array(5).fill("<b> & {{s}}").join("|")],
    ["{{n}} {{b}} [{{none}}]", "0 true []"],
    ["\\{{s}} {{! a comment }}{{!-- {{s}} --}}", "{{s}} "],
    ["{{#if b}}yes{{else}}no{{/if}}{{#if n}}yes{{else}}zero{{/if}}", "yeszero"],
    ["{{#unless none}}absent{{/unless}}{{#unless b}}{{else}}b{{/unless}}", "absentb"],
    ["{{#if none}}1{{else if n}}2{{else if b}}3{{else}}4{{/if}}", "3"],
    ['{{#ifEquals o.x "ex"}}same{{/ifEquals}}{{#unlessEquals n 1}}other{{/unlessEquals}}', "sameother"],
    ["{{#ifEquals none null}}null{{/ifEquals}}", "null"],
    [
      "{{#each list}}{{@index}}{{#if @first}}^{{/if}}{{this}}{{#unless @last}},{{/unless}}{{/each}}",
      "0^one,1two\nlines,2",
    ],
    ["{{#each o}}{{@key}}={{this}}{{/each}}", "x=ex"],
    [
      "{{#each items as |item i|}}{{i}}:{{item.a}}{{#each sub}}{{../a}}{{@root.n}}{{item.a}}{{/each}}{{/each}}",
      "0:AA0A1:B",
    ],
    ["{{#each gone}}{{else}}nothing{{/each}}", "nothing"],
    ["{{#with o}}{{x}}{{../n}}[{{y}}]{{/with}}{{#with none as |v|}}{{v}}{{else}}none{{/with}}", "ex0[]none"],
    ["{{list.[1]}} {{list.length}} {{items.0.a}}", "two\nlines 3 A"],
    ["{{json list}}{{json o indent=1}}{{json none}}", '["one","two\\nlines",""]{\n "x": "ex"\n}null'],
    ["a  {{~s~}}  b", "a<b> & {{s}}b"],
    ["\n{{#if b}}\n  kept\n{{/if}}\n", "\n  kept\n"],
    ["{{> plain}}", "plain <b> & {{s}}"],
    ["\n  {{> lines}}\nend", "\n  first <b> & {{s}}\n  second\nend"],
    ["{{> context o}}", "[ex ]"],
    ["\n\t{{> given p=o.x}}\n", "\n\t(ex 0)\n"],
  ])("renders %j as Handlebars would", (template, expected) => {
    // `none` is optional here and printed as nothing; a missing array item would be an error in both.
    expect(render(template)).toBe(expected);
  });

  it("writes a prompt's roles as messages, in order, `model` being the assistant", () => {
    const text =
      'Hi\n{{role "system"}}\n You are {{s}}. \n\n{{role "user"}}\nAsk\n{{role "model"}}Answer{{role "user"}}  {{role "user"}}Again';
    const prompt = compileTexts({ "p.prompt": `---\ninput: {schema: {s: string}}\n---\n${text}` });
    expect(prompt.render({ s: " S " }).messages).toEqual([
      { role: "user", content: "Hi" },
      { role: "system", content: "You are  S ." },
      { role: "user", content: "Ask" },
      { role: "assistant", content: "Answer" },
      { role: "user", content: "Again" },
    ]);
  });

  it("repeats messages in a loop and takes roles from partials", () => {
    const prompt = compileTexts({
      "p.prompt":
        '---\ninput:\n  schema:\n    turns(array):\n      q: string\n      a: string\n---\n{{> rules}}\n{{#each turns}}\n{{role "user"}}{{q}}\n{{role "model"}}{{a}}\n{{/each}}\n{{role "user"}}Now.',
      "_rules.prompt": '{{role "system"}}Be brief.',
    });
    expect(
      prompt.render({ turns: [{ q: "q1", a: "a1" }] }).messages.map(({ role, content }) => `${role}: ${content}`),
    ).toEqual(["system: Be brief.", "user: q1", "assistant: a1", "user: Now."]);
  });

  it("trims the template's own white space around a message and keeps every character of a value", () => {
    const prompt = compileTexts({
      "p.prompt": '---\ninput: {schema: {s: string}}\n---\n\n{{role "user"}}\n\n {{s}} \n\n',
    });
    expect(prompt.render({ s: "\n  code\n" }).messages).toEqual([{ role: "user", content: "\n  code\n" }]);
  });

  it("reads a file with CRLF line ends and a byte order mark like any other", () => {
    const plain = `${SCHEMA}<{{s}}\n{{#if b}}\n  yes\n{{/if}}\n>${USES}`;
    const windows = `\uFEFF${plain.replaceAll("\n", "\r\n")}`;
    expect(compileTexts({ "p.prompt": windows }).render(VALUES)).toEqual(
      compileTexts({ "p.prompt": plain }).render(VALUES),
    );
  });

  it("gives the same text as Handlebars for generated templates", () => {
    fc.assert(
      fc.property(templates, strings, strings, (template, s, x) => {
        const values = { ...VALUES, s, n: 7, none: null, list: [s, x], o: { x, y: null } };
        // Without escaping Handlebars adds neighbouring numbers up (`{{n}}{{n}}` of 1 prints 2), so it gets them as text.
        const expected = handlebars.compile(`<${template}>`, { noEscape: true })({ ...values, n: "7", b: "true" });
        expect(render(template, values)).toBe(expected.slice(1, -1));
      }),
      { numRuns: 400 },
    );
  });
});

const strings = fc.oneof(fc.string(), fc.constantFrom("a\nb", "{{s}}", "\n", " x ", '{{role "system"}}', "}}"));
const tags = [
  "s",
  "n",
  "b",
  "none",
  "o.x",
  "o.y",
  "@root.s",
  "list.[0]",
  "~s",
  "b~",
  "! c ",
  "json list",
  "> plain",
  "~> plain~",
  "> context o",
];
const leaf = fc.constantFrom(
  ...tags.map((tag) => `{{${tag}}}`),
  "text",
  "\n",
  "  ",
  "\n  {{> lines}}\n",
  "\n {{> given p=s}}\n",
  " & <i>",
);

const { template: templates } = fc.letrec<{ template: string; block: string }>((tie) => ({
  template: fc
    .array(fc.oneof({ maxDepth: 4 }, leaf, leaf, leaf, tie("block")), { maxLength: 6 })
    .map((parts) => parts.join("")),
  block: fc
    .tuple(
      fc.constantFrom("if b", "if none", "unless n", "if list", "each list", "with o"),
      tie("template"),
      tie("template"),
      fc.constantFrom("", "\n", "~"),
    )
    .map(([open, body, otherwise, end]) => {
      // Inside another context only paths from the root mean the same.
      const inside = /^(?:each|with)/u.test(open) ? body.replaceAll(/\{\{.*?\}\}/gu, "{{@root.n}}") : body;
      const [tilde, line] = end === "~" ? ["~", ""] : ["", end];
      return `{{#${open}${tilde}}}${line}${inside}{{else}}${line}${otherwise}{{${tilde}/${open.split(" ")[0]}}}${line}`;
    }),
}));
