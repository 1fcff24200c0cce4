import { describe, expect, test } from "vitest";

import type { JsonObject, JsonValue } from "../../core/json.ts";
import { countTokens } from "../../core/tokens.ts";
import { diffPrompts } from "../../prompts/diff.ts";
import { convertJinja } from "../../prompts/import-jinja.ts";
import { importPrompty } from "../../prompts/import-prompty.ts";
import type { PromptPin } from "../../prompts/pin.ts";
import { findSecrets } from "../../prompts/secrets.ts";
import { compileTexts } from "./prompt-texts.ts";

// Nothing here is timed: without its limit each of these takes minutes, and the test's own time limit ends it.
describe("a text made to keep its reader busy", () => {
  test("is counted in tokens: an image as text, and nothing but blanks", async () => {
    const [image, blanks] = ["Ab1".repeat(80_000), " ".repeat(100_000)];
    expect(await countTokens([image, blanks])).toBeGreaterThan(1000);
    // Where nothing is cut, nothing changes; a cut adds a token or two.
    const words = "Tea is a leaf. ".repeat(500);
    expect(await countTokens([words, `${words}${"x".repeat(150)}`])).toBeGreaterThan(2 * (await countTokens([words])));
    const [whole, cut] = await Promise.all([countTokens(["z".repeat(200)]), countTokens(["z".repeat(400)])]);
    expect(Math.abs(cut - 2 * whole)).toBeLessThanOrEqual(2);
  });

  test("is compared: two texts without a common line are shown as removed and added", () => {
    const lines = (word: string): string => Array.from({ length: 40_000 }, (_, at) => `${word}${at}`).join("\n");
    const { texts } = diffPrompts(
      pinOf(`---\nmodel: m\n---\n${lines("a")}\n`),
      pinOf(`---\nmodel: m\n---\n${lines("b")}\n`),
    );
    const [hunk] = texts[0]?.hunks ?? [];
    expect(texts).toHaveLength(1);
    expect(hunk?.line).toBe(4);
    expect(hunk?.lines).toHaveLength(80_000);
    expect([hunk?.lines[0], hunk?.lines[40_000]]).toEqual(["-a0", "+b0"]);
  });

  test.each([
    ["openings that nothing closes", "{{".repeat(400_000)],
    ["openings of all kinds that nothing closes", "{{{%{#".repeat(200_000)],
    ["more tags than a template has", "{{ a }}\n".repeat(100_000)],
  ])("is converted from Jinja: %s", (_, text) => {
    expect(convertJinja(text).template.length).toBeGreaterThan(100);
  });

  test("is imported from Prompty: blanks where a role could stand, and an input whose name is a pattern", () => {
    expect(importPrompty("a.prompty", `---\nname: x\n---\n${" \t".repeat(400_000)}x\n`).losses).toEqual([]);
    const { text, losses } = importPrompty(
      "a.prompty",
      "---\ninputs:\n  - { name: 'a(', kind: image }\n---\nuser:\nHi\n",
    );
    expect(text).toContain("Hi");
    expect(losses.map(({ what }) => what)).toEqual([expect.stringContaining("`a(` is left out")]);
  });

  test("is searched for secrets to the end of its longest line (S11)", () => {
    const key = "sk-ABCDEFGHIJKLMNOPQRSTUV1234567";
    for (const before of [100, 3990, 19_990, 250_000])
      expect(findSecrets(`${"x".repeat(before)} ${key} x`)).toEqual([
        { kind: "an OpenAI key", line: 1, column: before + 2 },
      ]);
    expect(findSecrets("password=".repeat(30_000))).toEqual([]);
  });
});

describe("a value that a schema cannot bear", () => {
  test("S09 ends a pattern that never comes to an end", () => {
    const prompt = compileTexts({
      "a.prompt": "---\ninput:\n  schema: s\n---\n{{x}}\n",
      "schemas/s.json": schemaOf({ type: "string", pattern: "^(a+)+$" }),
    });
    expect(prompt.render({ x: "aaaa" }).messages).toEqual([{ role: "user", content: "aaaa" }]);
    expect(() => prompt.render({ x: `${"a".repeat(60)}!` })).toThrow(
      expect.objectContaining({ code: "prompt-variable", message: expect.stringContaining("took longer than 500 ms") }),
    );
    expect(prompt.render({ x: "aaa" }).messages).toEqual([{ role: "user", content: "aaa" }]);
  });

  test.each([
    [
      "by a schema that refers to itself",
      schemaOf({ $ref: "#/$defs/n" }, { $defs: { n: { type: "object", properties: { c: { $ref: "#/$defs/n" } } } } }),
    ],
    ["by a schema that allows all", schemaOf({})],
  ])("is refused when it is nested too deeply %s", (_, schema) => {
    const prompt = compileTexts({
      "a.prompt": "---\ninput:\n  schema: s\n---\n{{json x}}\n",
      "schemas/s.json": schema,
    });
    let x: JsonValue = {};
    for (let depth = 0; depth < 50_000; depth += 1) x = { c: x };
    expect(() => prompt.render({ x })).toThrow(
      expect.objectContaining({ code: "prompt-variable", message: expect.stringContaining("nested too deeply") }),
    );
  });

  test.each([
    [{ type: "string", pattern: "^a+$" }, "b", "does not have the form"],
    [{ type: "string", maxLength: 1 }, "bb", "is larger or longer"],
    [{ type: "integer", minimum: 5 }, 1, "is smaller or shorter"],
    [{ type: "integer", multipleOf: 5 }, 6, "is not a multiple"],
    [{ type: "string" }, 1, "to be a string, got a number"],
  ] as const)("says which rule of %j it breaks", (schema, x, words) => {
    const prompt = compileTexts({
      "a.prompt": "---\ninput:\n  schema: s\n---\n{{x}}\n",
      "schemas/s.json": schemaOf(schema),
    });
    expect(() => prompt.render({ x })).toThrow(words);
  });

  test.each([{ type: "s3cret" }, { type: "string", pattern: "(s3cret" }, { $ref: "#/$defs/s3cret" }])(
    "S26 is never a schema's own text in an error: %j",
    (schema) => {
      const text = "---\ninput:\n  schema: s\n---\n{{x}}\n";
      const compile = (): unknown => compileTexts({ "a.prompt": text, "schemas/s.json": schemaOf(schema) });
      expect(compile).toThrow("cannot be checked");
      expect(compile).not.toThrow("s3cret");
    },
  );
});

function schemaOf(x: JsonObject, more: JsonObject = {}): string {
  return JSON.stringify({ type: "object", properties: { x }, required: ["x"], ...more });
}

function pinOf(text: string): PromptPin {
  return {
    name: "a",
    ref: `a@${text.length}`,
    closure: text.slice(0, 40),
    dirty: false,
    files: [{ path: "a.prompt", blob: "", text }],
  };
}
