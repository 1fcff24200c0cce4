import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { frontMatterSchema } from "../../prompts/front-matter-schema.ts";

const ROOT = resolve(import.meta.dirname, "../..");

test("the schema that editors read is the one that the loader checks by", async () => {
  const written: unknown = JSON.parse(await readFile(join(ROOT, "prompts/front-matter.schema.json"), "utf8"));
  expect(written, "Write it again with: npm run schema").toEqual(frontMatterSchema());
});

test("the package holds the schema and the built-in prompts", async () => {
  const { files } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { files: readonly string[] };
  expect(files).toEqual(expect.arrayContaining(["prompts/front-matter.schema.json", "prompts/builtin"]));
});

test("every key has a description for whoever writes a prompt", () => {
  const properties = z.record(z.string(), z.object({ description: z.string().min(10) }));
  expect(Object.keys(properties.parse(frontMatterSchema()["properties"]))).toContain("baton.tokenBudget");
});

test.each([
  [{ description: "Writes.", config: { temperature: 0.3 }, input: { schema: { topic: "string" } } }, true],
  [{ "baton.tokenBudget": 100 }, true],
  [{ ext: { other: { key: 1 }, baton: { tokenBudget: 100 } } }, true],
  [{ temperature: 0.3 }, false],
  [{ config: 0.3 }, false],
  [{ "baton.tokenBudget": 0 }, false],
  [{ ext: { baton: { tokenBudgets: 100 } } }, false],
])("%j is %s as a front matter", (frontMatter, isRight) => {
  expect(z.fromJSONSchema(frontMatterSchema()).safeParse(frontMatter).success).toBe(isRight);
});
