import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const found = (pattern: string): readonly string[] => globSync(pattern, { cwd: ROOT }).toSorted();

test.for(found("examples/*/prompts"))("%s has a suite", (folder) => {
  expect(found(`${folder}/**/*.eval.yaml`)).not.toEqual([]);
});

test.for(found("prompts/builtin/baton/*.prompt"))("%s has a suite", (prompt) => {
  expect(found("examples/builtin/evals/*.eval.yaml").map((file) => basename(file, ".eval.yaml"))).toContain(
    basename(prompt, ".prompt"),
  );
});

test("every recording of ours says that no language model made it", () => {
  const files = found("examples/**/cassettes/**/*.jsonl");
  expect(files.length).toBeGreaterThan(0);
  for (const file of files)
    for (const line of readFileSync(join(ROOT, file), "utf8").trimEnd().split("\n"))
      expect([file, JSON.parse(line).synthetic]).toEqual([file, true]);
});
