import { describe, expect, it, test } from "vitest";

import { PromptError } from "../../prompts/prompt-error.ts";
import { compileTexts } from "./prompt-texts.ts";

const CANARY = "s3cret-canary";

function mistakeIn(files: Readonly<Record<string, string>>): PromptError {
  try {
    compileTexts(files);
  } catch (error) {
    if (error instanceof PromptError) return error;
    throw error;
  }
  throw new Error("The prompt compiled.");
}

/** A prompt with these lines in its front matter and this body, which starts on the line after the second `---`. */
const prompt = (settings: string, body: string): string => `---\n${settings}\n---\n${body}`;
const declares = "input: {schema: {q: string}}";

describe("a mistake in a prompt file is an error with file, line and column", () => {
  test.each([
    ["an unknown key", prompt("modle: x", "Hi"), "The front matter has the unknown key `modle`. (p.prompt:2:1)"],
    [
      "an unknown key below",
      prompt("input:\n  shema: {}", "Hi"),
      "`input` in the front matter has the unknown key `shema`. (p.prompt:3:3)",
    ],
    [
      "an unknown key of ours",
      prompt("baton.agnet: x", "Hi"),
      "The front matter has the unknown key `baton.agnet`. (p.prompt:2:1)",
    ],
    ["a wrong type", prompt("tools: x", "Hi"), "`tools` in the front matter must be of type array. (p.prompt:2:1)"],
    [
      "a list as front matter",
      prompt("- a", "Hi"),
      "The front matter must be a list of `key: value` lines. (p.prompt:2:1)",
    ],
    ["broken YAML", prompt("a: [1,\nb: {", CANARY), "The front matter cannot be read (bad indent). (p.prompt:3:1)"],
    [
      "a key twice",
      prompt("model: a\nmodel: b", "Hi"),
      "The front matter cannot be read (duplicate key). (p.prompt:3:1)",
    ],
    [
      "a YAML tag",
      prompt("model: !!js/function x", "Hi"),
      "The front matter cannot be read (tag resolve failed). (p.prompt:2:8)",
    ],
    [
      "a key from the prototype",
      prompt("config: {__proto__: {a: 1}}", "Hi"),
      "The front matter has a key that is not a plain name. (p.prompt:2:10)",
    ],
    [
      "a number that JSON lacks",
      prompt("config: {a: .nan}", "Hi"),
      "The front matter holds a number that JSON cannot carry. (p.prompt:2:13)",
    ],
    [
      "a front matter that never ends",
      `---\nmodel: x\n${CANARY}`,
      "The front matter opens with `---` but no second `---` line closes it. (p.prompt:1:1)",
    ],
    [
      "a front matter that does not open",
      `model: x\n---\n${CANARY}`,
      "The front matter is not opened by a `---` line. (p.prompt:1:1)",
    ],
    [
      "an odd opening line",
      `----\nmodel: x\n---\n${CANARY}`,
      "The front matter opens with a line that is not exactly `---`. (p.prompt:1:1)",
    ],
    [
      "an unknown type",
      prompt("input: {schema: {q: strng}}", "{{q}}"),
      "`input.schema.q` has the type `strng`, which is neither built in nor a file in `schemas/`. (p.prompt:2:18)",
    ],
    [
      "an odd field",
      prompt("input: {schema: {'q(list)': string}}", "{{q}}"),
      "`input.schema.q(list)` has the key `q(list)`, which is not a field. (p.prompt:2:18)",
    ],
    [
      "an enum without values",
      prompt("input: {schema: {'q(enum)': []}}", "{{q}}"),
      "`input.schema.q(enum)` is an enum without values. (p.prompt:2:18)",
    ],
    [
      "a default that is not declared",
      prompt("input: {default: {z: 1}}", "Hi"),
      "`input.default` gives a value to `z`, which `input.schema` does not declare. (p.prompt:2:19)",
    ],
    [
      "a default of the wrong type",
      prompt("input:\n  schema: {q: string}\n  default: {q: 1}", "{{q}}"),
      "`input.default` needs `q` to be a string, got a number. (p.prompt:4:13)",
    ],
    [
      "recalled declared as a list",
      prompt("input: {schema: {'recalled(array)': string}}", "Hi"),
      "`recalled` is filled by the agent's memory and is always a string. (p.prompt:2:18)",
    ],
    [
      "an undeclared variable",
      prompt(declares, "{{q}}\n  {{findings}}"),
      "Prompt `p` uses `{{findings}}` but its input does not declare it. (p.prompt:5:5)",
    ],
    [
      "a variable without any input",
      "Hello {{name}}",
      "Prompt `p` uses `{{name}}` but its input does not declare it. (p.prompt:1:9)",
    ],
    [
      "an unused variable",
      prompt("input:\n  schema:\n    q: string\n    zz?: string", "{{q}}"),
      "Prompt `p` declares `zz` but does not use it. (p.prompt:5:5)",
    ],
    [
      "an undeclared member",
      prompt("input:\n  schema:\n    o(object):\n      x: string", "{{o.y}}"),
      "Prompt `p` uses `{{o.y}}`, but the schema of that value has no `y`. (p.prompt:7:3)",
    ],
    [
      "a member of a string",
      prompt(declares, "{{q.length}}"),
      "Prompt `p` uses `{{q.length}}`, but the schema of that value has no `length`. (p.prompt:4:3)",
    ],
    [
      "an outer name in a loop",
      prompt("input: {schema: {q: string, 'l(array)': string}}", "{{#each l}}{{q}}{{/each}}"),
      "Prompt `p` uses `{{q}}`, but the schema of that value has no `q`. (p.prompt:4:14)",
    ],
    [
      "a list as text",
      prompt("input: {schema: {'l(array)': string}}", "{{l}}"),
      "Prompt `p` prints `{{l}}`, which is a list. (p.prompt:4:3)",
    ],
    [
      "the input as text",
      prompt(declares, "{{q}}{{this}}"),
      "Prompt `p` prints its whole input as text. (p.prompt:4:8)",
    ],
    [
      "a loop over text",
      prompt(declares, "{{#each q}}{{/each}}"),
      "Prompt `p` repeats over `q`, which is not a list. (p.prompt:4:9)",
    ],
    [
      "a path that leaves",
      prompt(declares, "{{q}}{{../x}}"),
      "Prompt `p` uses `{{../x}}`, which leaves its template. (p.prompt:4:8)",
    ],
    [
      "an index outside a loop",
      prompt(declares, "{{q}}{{@index}}"),
      "Prompt `p` uses `@index` outside `{{#each}}`. (p.prompt:4:8)",
    ],
    [
      "an unknown @ name",
      prompt(declares, "{{q}}{{@env.KEY}}"),
      "The template uses `{{@env.KEY}}`, which prompts do not know. (p.prompt:4:8)",
    ],
    [
      "an unknown helper",
      prompt(declares, "{{shout q}}"),
      "The template uses `shout` as a helper, which prompts do not know. (p.prompt:4:1)",
    ],
    [
      "a media helper",
      prompt(declares, "{{media url=q}}"),
      "The template uses `media` as a helper, which prompts do not know. (p.prompt:4:1)",
    ],
    [
      "a nested helper",
      prompt(declares, "{{json (lookup q 'x')}}"),
      "The template calls a helper inside a tag `(…)`, which prompts do not support. (p.prompt:4:8)",
    ],
    [
      "a section of a variable",
      prompt(declares, "{{#q}}x{{/q}}"),
      "The template uses `q` as a helper, which prompts do not know. (p.prompt:4:1)",
    ],
    ["a block as a tag", prompt(declares, "{{if}}{{q}}"), "The template uses `{{if}}` without a block. (p.prompt:4:1)"],
    ["a literal", prompt(declares, '{{"q"}}'), "The template prints a literal value. (p.prompt:4:1)"],
    [
      "too many values",
      prompt(declares, "{{#if q q}}{{/if}}"),
      "The template gives `if` 2 values instead of 1. (p.prompt:4:1)",
    ],
    [
      "an option that does not exist",
      prompt(declares, "{{#if q deep=true}}{{/if}}"),
      "The template gives `if` the option `deep`, which it does not have. (p.prompt:4:9)",
    ],
    [
      "an unknown role",
      prompt(declares, '{{role "tool"}}{{q}}'),
      "The template gives `{{role}}` something that is not a role. (p.prompt:4:1)",
    ],
    [
      "a role from a variable",
      prompt(declares, "{{role q}}"),
      "The template gives `{{role}}` something that is not a role. (p.prompt:4:1)",
    ],
    [
      "a decorator",
      prompt(declares, "{{* inline}}{{q}}"),
      "The template holds a decorator `{{*…}}`, which could run code. (p.prompt:4:1)",
    ],
    [
      "a partial block",
      prompt(declares, "{{#> x}}{{/x}}"),
      "The template includes a partial with a block `{{#> …}}`. (p.prompt:4:1)",
    ],
    [
      "a partial chosen by a value",
      prompt(declares, "{{> (lookup . 'q')}}"),
      "The template includes a partial whose name is not fixed. (p.prompt:4:1)",
    ],
    [
      "a raw block",
      prompt(declares, "\n{{{{raw}}}} {{{{/raw}}}}"),
      "The template holds a raw block `{{{{…}}}}`, which prompts do not support. (p.prompt:5)",
    ],
    [
      "a block that is not closed",
      prompt(declares, `{{#if q}}\n${CANARY}`),
      "The template ends before every block and tag is closed. (p.prompt:5)",
    ],
    [
      "a block closed as another",
      prompt(declares, `a\n{{#if q}}${CANARY}{{/each}}`),
      "The template closes `{{#if}}` with `{{/each}}`. (p.prompt:5)",
    ],
    [
      "a tag that is not one",
      prompt(declares, `a\n{{q ${CANARY}`),
      "The template holds a tag that cannot be read. (p.prompt:5)",
    ],
    [
      "a missing partial",
      prompt(declares, "{{q}}{{> nowhere}}"),
      "The partial `nowhere` does not exist. (p.prompt:4:6)",
    ],
    [
      "a path as a partial",
      prompt(declares, "{{q}}{{> [../../etc/passwd]}}"),
      "The partial `../../etc/passwd` does not exist. (p.prompt:4:6)",
    ],
    [
      "recalled text for the system",
      prompt(declares, '{{role "system"}}{{recalled}}{{role "user"}}{{q}}'),
      "Prompt `p` places `{{recalled}}` where the message can be a system message. (p.prompt:4:20)",
    ],
    [
      "recalled text passed on",
      prompt(declares, "{{q}}{{json recalled}}"),
      "Prompt `p` passes `recalled` on. (p.prompt:4:13)",
    ],
    [
      "recalled text in a loop",
      prompt("input: {schema: {'l(array)': string}}", "{{#each l}}{{recalled}}{{/each}}"),
      "Prompt `p` uses `{{recalled}}`, but the schema of that value has no `recalled`. (p.prompt:4:14)",
    ],
  ])("%s", (_, text, message) => {
    const mistake = mistakeIn({ "p.prompt": text });
    expect(mistake.message).toBe(message);
    expect(mistake.hint).toBeTruthy();
    expect(JSON.stringify({ ...mistake, message: mistake.message, cause: mistake.cause })).not.toContain(CANARY);
  });

  it("names the partial in which the mistake stands, with the line there", () => {
    const files = { "a/p.prompt": "{{> x}}", "a/_x.prompt": "one\n {{y}}" };
    expect(mistakeIn(files).message).toBe(
      "Prompt `a/p` uses `{{y}}` but its input does not declare it. (a/_x.prompt:2:4)",
    );
  });

  it("names the circle when partials include each other", () => {
    const files = { "p.prompt": "{{> a}}", "_a.prompt": "{{> b}}", "_b.prompt": "{{> a}}" };
    expect(mistakeIn(files).message).toBe(
      "The partials include each other in a circle: `_a.prompt` → `_b.prompt` → `_a.prompt`. (_b.prompt:1:1)",
    );
  });

  it("refuses a partial with settings of its own", () => {
    expect(mistakeIn({ "p.prompt": "{{> a}}", "_a.prompt": "---\nmodel: x\n---\nHi" }).message).toBe(
      "The partial `a` has a front matter. (_a.prompt:1)",
    );
  });

  it("finds recalled text in a system message behind branches, loops and partials", () => {
    const branch = prompt(declares, '{{#if q}}{{role "system"}}{{/if}}{{recalled}}');
    const loop = prompt(
      "input: {schema: {'l(array)': string}}",
      '{{#each l}}{{@root.recalled}}{{role "system"}}{{this}}{{/each}}',
    );
    for (const text of [branch, loop])
      expect(mistakeIn({ "p.prompt": text }).message).toContain("can be a system message");
    const files = { "p.prompt": '{{role "system"}}{{> x}}', "_x.prompt": "{{recalled}}" };
    expect(mistakeIn(files).message).toContain("can be a system message. (_x.prompt:1:3)");
  });

  it("refuses partials that multiply", () => {
    const levels = Array.from({ length: 20 }, (_, level) => [
      `_l${level}.prompt`,
      level === 19 ? "x" : `{{> l${level + 1}}}`.repeat(3),
    ]);
    expect(mistakeIn({ "p.prompt": "{{> l0}}", ...Object.fromEntries(levels) }).message).toContain(
      "more than 20000 tags",
    );
  });

  test.each([
    [
      "an alias bomb",
      prompt(
        `config:\n  a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"]
          .map(
            (name, index) =>
              `  ${name}: &${name} [${Array(9)
                .fill(`*${"abcdefgh"[index] ?? ""}`)
                .join()}]`,
          )
          .join("\n")}`,
        "Hi",
      ),
    ],
    ["20,000 brackets", prompt(`config: ${"[".repeat(20_000)}`, "Hi")],
    ["20,000 nested blocks", "{{#if a}}".repeat(20_000)],
    ["20,000 nested else", `{{#if a}}${"{{else if a}}".repeat(20_000)}{{/if}}`],
    ["200 KB of braces", "{".repeat(200_000)],
    ["200 KB in one tag", `{{${"a ".repeat(100_000)}}}`],
    ["a path of 20,000 steps", `{{a${".b".repeat(20_000)}}}`],
    [
      "60 KB of nested maps",
      prompt(Array.from({ length: 340 }, (_, depth) => `${" ".repeat(depth)}model:`).join("\n"), "Hi"),
    ],
  ])("S08: refuses %s in less than 100 ms", (_, text) => {
    const before = process.cpuUsage();
    expect(mistakeIn({ "p.prompt": text })).toBeInstanceOf(PromptError);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(100);
  });
});
