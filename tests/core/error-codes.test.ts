import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { ERROR_EXIT_CODES } from "../../core/error-codes.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = ["agents", "cli", "core", "evals", "graph", "memory", "models", "prompts", "runs", "store", "workers"];
const codes = Object.keys(ERROR_EXIT_CODES);

async function sourceTexts(): Promise<readonly string[]> {
  const lists = await Promise.all(
    SOURCES.map((folder) => readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }).catch(() => [])),
  );
  const files = lists
    .flat()
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && entry.name !== "error-codes.ts");
  return await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
}

describe("error codes", () => {
  it("have one page each, and no page is left over", async () => {
    const pages = (await readdir(join(ROOT, "docs/errors"))).map((file) => file.replace(/\.md$/u, ""));
    expect(pages.toSorted()).toEqual(codes.toSorted());
  });

  it("are all used, so that the list holds no word without a meaning", async () => {
    const text = (await sourceTexts()).join("\n");
    expect(codes.filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  });

  it("have pages that name them, say why and say what to do", async () => {
    for (const code of codes) {
      const page = await readFile(join(ROOT, "docs/errors", `${code}.md`), "utf8");
      expect(page.startsWith(`# ${code}\n`), code).toBe(true);
      expect(page, code).toMatch(/^## Why$/mu);
      expect(page, code).toMatch(/^## What to do$/mu);
    }
  });
});
