import { expect, test } from "vitest";

import { PromptLibrary } from "../../prompts/library.ts";
import { typeDeclarations } from "../../prompts/type-declarations.ts";
import { typeText } from "../../prompts/type-text.ts";
import type { JsonValue } from "../../core/json.ts";
import { folderOf } from "./prompt-folder.ts";

test.each<[schema: JsonValue, type: string]>([
  [{ type: "string" }, "string"],
  [{ type: "integer" }, "number"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ enum: ["a", 1, true, null] }, '"a" | 1 | true | null'],
  [{ const: "x" }, '"x"'],
  [{ type: "array", items: { type: "string" } }, "readonly string[]"],
  [{ type: "array", items: { enum: ["a", "b"] } }, 'readonly ("a" | "b")[]'],
  [{ type: "array", items: { type: "array", items: { type: "number" } } }, "readonly (readonly number[])[]"],
  [{ type: "array" }, "readonly unknown[]"],
  [
    { type: "object", properties: { a: { type: "string" }, "b-c": { type: "boolean" } }, required: ["a"] },
    '{ readonly a: string; readonly "b-c"?: boolean | undefined }',
  ],
  [{ properties: { a: {} } }, "{ readonly a?: unknown }"],
  [{ type: "object", additionalProperties: { type: "number" } }, "{ readonly [name: string]: number }"],
  [{ type: "object" }, "object"],
  [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
  [{ oneOf: [{ type: "string" }, {}] }, "unknown"],
  [{ $ref: "#/$defs/x" }, "unknown"],
  [{ allOf: [{ type: "string" }] }, "unknown"],
  [{ enum: [{ a: 1 }] }, "unknown"],
  [true, "unknown"],
])("%j becomes a type that accepts its values", (schema, type) => {
  expect(typeText(schema)).toBe(type);
});

test("a schema that goes deeper than types need becomes unknown", () => {
  let schema: JsonValue = { type: "string" };
  for (let depth = 0; depth < 1000; depth += 1) schema = { type: "array", items: schema };
  expect(typeText(schema)).toContain("unknown");
});

test("declares every prompt of a library and Baton's own", async () => {
  const folder = folderOf({
    "brief/write.prompt":
      "---\ninput:\n  schema:\n    topic: string, ends */ here\n    length?(enum): [short, long]\n    facts(array):\n      claim: string\n---\n{{topic}}{{length}}{{#each facts}}{{claim}}{{/each}}{{recalled}}",
    "brief/write.concise.prompt": "Hi",
  });
  const text = typeDeclarations(await PromptLibrary.load([folder]));
  expect(text).toContain('"baton/judge": {');
  const own = text.slice(text.indexOf('    "brief/write"'));
  expect(own).toMatchInlineSnapshot(`
    "    "brief/write": {
          /** ends *\\/ here */
          readonly topic: string;
          readonly length?: "short" | "long" | null | undefined;
          readonly facts: readonly { readonly claim: string }[];
        };
        "brief/write#concise": object;
      }
    }
    "
  `);
});

test("throws the mistake of a prompt that cannot be used", async () => {
  const library = await PromptLibrary.load([folderOf({ "a.prompt": "{{x}}" })]);
  expect(() => typeDeclarations(library)).toThrow(/`\{\{x\}\}` but its input does not declare it/u);
});
