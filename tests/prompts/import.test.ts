import { describe, expect, test } from "vitest";

import { importGithubPrompt } from "../../prompts/import-github.ts";
import type { ImportedPrompt } from "../../prompts/import-draft.ts";
import { convertJinja } from "../../prompts/import-jinja.ts";
import { importPrompty } from "../../prompts/import-prompty.ts";
import type { JsonObject } from "../../core/json.ts";
import { compileTexts } from "./prompt-texts.ts";

/** What the imported file says once it is filled: role and content of each message. */
function rendered({ text }: ImportedPrompt, values: JsonObject): readonly string[] {
  return compileTexts({ "a.prompt": text })
    .render(values)
    .messages.map(({ role, content }) => `${role}: ${content}`);
}

function lost({ losses }: ImportedPrompt): readonly string[] {
  return losses.map(({ line, what }) => (line === undefined ? what : `${line}: ${what}`));
}

const GITHUB = `name: Summarizer
description: Sums up a text
model: openai/gpt-4o-mini
modelParameters:
  temperature: 0.5
  maxTokens: 200
  magic: 1
messages:
  - role: system
    content: Be short. Write {{#each}} and {{ not a variable }} as they are.
  - role: user
    content: |
      Sum up: <text>{{input}}</text> {{ tone }}
  - role: assistant
    content: Sure.
  - role: user
    content: Go on, {{input}}.
responseFormat: json_schema
jsonSchema: '{"name":"s","strict":true,"schema":{"type":"object","properties":{"summary":{"type":"string"}}}}'
testData:
  - input: x
evaluators: []
`;

describe("a GitHub prompt", () => {
  const imported = importGithubPrompt("a.prompt.yml", GITHUB);

  test("renders the same messages", () => {
    expect(rendered(imported, { input: "I {{x}}", tone: "T" })).toEqual([
      "system: Be short. Write {{#each}} and {{ not a variable }} as they are.",
      "user: Sum up: <text>I {{x}}</text> T",
      "assistant: Sure.",
      "user: Go on, I {{x}}.",
    ]);
  });

  test("keeps description, model, settings, variables and the answer's schema", () => {
    const prompt = compileTexts({ "a.prompt": imported.text });
    expect(prompt).toMatchObject({
      description: "Sums up a text",
      model: "openai/gpt-4o-mini",
      settings: { temperature: 0.5, maxOutputTokens: 200 },
      output: { type: "object", properties: { summary: { type: "string" } } },
    });
    expect(prompt.variables.map(({ name, required }) => [name, required])).toEqual([
      ["input", true],
      ["tone", true],
    ]);
  });

  test("says what it could not carry over", () => {
    expect(lost(imported)).toEqual([
      "The model setting `magic` is left out.",
      "`testData` is left out: cases and scorers stand in an eval file beside the prompt.",
      "`evaluators` is left out: cases and scorers stand in an eval file beside the prompt.",
    ]);
    expect(lost(importGithubPrompt("a", "messages: [{ role: tool, content: x }, { role: user }]"))).toEqual([
      '1: The role `"tool"` became `user`.',
      "1: A message without text is left out.",
    ]);
  });

  test.each([["model: x"], ["messages: []"], ["[]"], ["messages: ["]])("is refused with a place: %s", (text) => {
    expect(() => importGithubPrompt("a.prompt.yml", text)).toThrow(expect.objectContaining({ code: "prompt-invalid" }));
  });
});

describe("a Prompty file", () => {
  test("of the second version keeps inputs, outputs, settings and roles", () => {
    const imported = importPrompty(
      "a.prompty",
      `---
name: weather
description: Tells the weather
model:
  id: gpt-4o
  apiType: chat
  connection:
    kind: key
    apiKey: \${env:OPENAI_API_KEY}
  options:
    temperature: 0
    maxOutputTokens: 100
inputs:
  - name: city
    kind: string
    description: Where
    default: Paris
  - name: notes
    kind: array
    items:
      kind: string
  - name: photo
    kind: image
  - name: history
    kind: thread
  - name: unused
    kind: string
outputs:
  - name: degrees
    kind: integer
    description: In Celsius (rounded)
    required: true
tools:
  - name: get_weather
    kind: function
---
system:
Be exact.
{{photo}}

{{history}}
user:
{% if notes %}Notes:
{% for note in notes %}
- {{ note }} in {{ city }}
{% endfor %}
{% else %}None.{% endif %}
How is {{city}}?
`,
    );
    expect(rendered(imported, { notes: ["wet"] })).toEqual([
      "system: Be exact.",
      "user: Notes:\n- wet in Paris\n\nHow is Paris?",
    ]);
    expect(rendered(imported, { city: "Rome", notes: [] })).toEqual(["system: Be exact.", "user: None.\nHow is Rome?"]);
    expect(compileTexts({ "a.prompt": imported.text })).toMatchObject({
      model: "gpt-4o",
      settings: { temperature: 0, maxOutputTokens: 100 },
      tools: ["get_weather"],
      output: { properties: { degrees: { type: "integer", description: "In Celsius (rounded)" } } },
    });
    expect(imported.text).not.toContain("OPENAI_API_KEY");
    expect(lost(imported)).toEqual([
      "The connection to the model is left out: baton.config.ts says which provider answers.",
      "`photo` is left out: prompts of Baton are text, and it is of kind `image`.",
      "`history` was the conversation so far: it comes from memory now, as `{{recalled}}`.",
      "The input `unused` is left out: the template does not use it.",
      "Only the names of the tools are kept: what they do is code, not part of a prompt.",
    ]);
  });

  test("of the first version keeps inputs, parameters and roles", () => {
    const imported = importPrompty(
      "a.prompty",
      `---
name: Basic
authors: [me]
model:
  api: chat
  configuration:
    type: azure_openai
    azure_deployment: gpt-35
  parameters:
    max_tokens: 128
    response_format: { type: json_object }
inputs:
  question:
    type: string
sample:
  question: Why?
---
# system:
Answer {{user.name}}.

# user:
{{question}}
`,
    );
    expect(rendered(imported, { question: "Why?", user: { name: "Ann" } })).toEqual([
      "system: Answer Ann.",
      "user: Why?",
    ]);
    expect(imported.text).toContain("maxOutputTokens: 128");
    expect(imported.text).toContain("format: json");
    expect(imported.text).toContain("prompty:\n    name: Basic\n    authors:\n      - me\n");
    expect(lost(imported)).toEqual([
      "The connection to the model is left out: baton.config.ts says which provider answers.",
      "`user` was used without a declaration; check its type.",
      "`sample` is left out: write it as a case of an eval.",
    ]);
  });

  test("whose roles come from values says that they are text now", () => {
    const imported = importPrompty(
      "a.prompty",
      "---\nname: x\n---\n{% for m in turns %}\n{{m.role}}:\n{{m.text}}\n{% endfor %}",
    );
    expect(rendered(imported, { turns: [{ role: "system", text: "Obey" }] })).toEqual(["user: system:\nObey"]);
    expect(lost(imported)).toContain("5: A role that comes from a value is text now: values cannot become roles.");
  });

  test("with broken front matter is refused with a place", () => {
    expect(() => importPrompty("a.prompty", "---\nmodel: [\n---\nHi")).toThrow(/\(a\.prompty:\d+:\d+\)$/u);
  });
});

describe("Jinja", () => {
  test.each([
    ["{{ a }} {{- b.c -}} {{ d[0].e }}", "{{a}} {{b.c}} {{d.[0].e}}"],
    ["{{ a | safe }}{{ a | tojson }}", "{{a}}{{json a}}"],
    ["{% if a %}1{% elif not b %}2{% else %}3{% endif %}", "{{#if a}}1{{else unless b}}2{{else}}3{{/if}}"],
    [
      `{% if a == 'x' %}1{% endif %}{% if a != b %}2{% endif %}`,
      '{{#ifEquals a "x"}}1{{/ifEquals}}{{#unlessEquals a b}}2{{/unlessEquals}}',
    ],
    [
      "{% for x in xs %}{{ x }}{{ y }}{% if loop.last %}!{% endif %}{% endfor %}",
      "{{#each xs as |x|}}{{x}}{{@root.y}}{{! if loop.last }}!{{! endif }}{{/each}}",
    ],
    ["{# note #}{{#x}}", "{{! note }}{{! #x }}"],
    [
      "{% set a = 1 %}{% if a and b %}1{% else %}2{% endif %}",
      "{{! set a = 1 }}{{! if a and b }}1{{! else }}2{{! endif }}",
    ],
  ])("%s becomes %s", (jinja, template) => {
    expect(convertJinja(jinja).template).toBe(template);
  });

  test("says in which line something was lost", () => {
    const { losses } = convertJinja("a\n{{ a | default('x') }}\n\n{% macro m() %}", 10);
    expect(losses).toEqual([
      { line: 11, what: "The filter of `a | default('x')` is not applied any more." },
      { line: 13, what: "`{% macro m() %}` has no counterpart and stands as a comment." },
    ]);
  });

  test("keeps a backslash before a value", () => {
    const { template } = convertJinja(String.raw`C:\{{ a }}`);
    const compiled = compileTexts({ "a.prompt": `---\ninput:\n  schema:\n    a: string\n---\n${template}` });
    expect(compiled.render({ a: "x" }).messages[0]?.content).toBe(String.raw`C:\x`);
  });

  test("leaves nothing that could be read as a tag of ours", () => {
    const hostile = "{{ a }} {{{ b }}} {{#if c}} {{> d}} {% raw %}{{ e }}{% endraw %} {{!-- f --}} {{/if}} }} {{";
    const { template, variables } = convertJinja(hostile);
    const declared = [...variables.keys()].map((name) => `    ${name}: any\n`).join("");
    const compiled = compileTexts({ "a.prompt": `---\ninput:\n  schema:\n${declared}---\n${template}` });
    expect(compiled.render({ a: "A", b: "B", e: "E" }).messages).toHaveLength(1);
  });
});
