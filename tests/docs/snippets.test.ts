import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { expect, it } from "vitest";

import { temporaryFolder } from "../support/baton.ts";

const ROOT = resolve(import.meta.dirname, "../..");

interface Snippet {
  /** `docs/memory.md:15`, the line of its first line of code. */
  readonly place: string;
  readonly code: string;
}

async function pages(): Promise<readonly string[]> {
  const folders = ["docs", "docs/errors"];
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(join(ROOT, folder))).map((file) => `${folder}/${file}`)),
  );
  return ["README.md", ...files.flat().filter((file) => file.endsWith(".md"))];
}

async function snippetsOf(page: string): Promise<readonly Snippet[]> {
  const text = await readFile(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(?:ts|typescript)\n(?<code>[\s\S]*?)^```$/gmu)].map((found) => ({
    place: `${page}:${text.slice(0, found.index).split("\n").length + 1}`,
    code: found.groups?.["code"] ?? "",
  }));
}

/** What a page has told of before it shows a piece of a program, seen by snippets that do not declare it themselves. */
const TOLD = `
import type { StateGraph, StateSchema } from "@langchain/langgraph";
import type * as batonjs from "batonjs";
import type { z } from "zod";

type Told = {
  readonly question: z.ZodString;
  readonly findings: z.ZodDefault<z.ZodArray<z.ZodString>>;
};

type Topic = {
  readonly topic: z.ZodString;
  readonly draft: z.ZodDefault<z.ZodString>;
};

declare global {
  const Ticket: StateSchema<Told>;
  const brief: batonjs.Workflow;
  const config: batonjs.BatonConfig;
  const graph: StateGraph<unknown>;
  const app: ReturnType<StateGraph<unknown>["compile"]>;
  const memory: batonjs.RunMemory;
  const writer: batonjs.Agent<Topic, "topic", "draft">;
  const sentences: readonly string[];
  const file: string;
  const time: number;
}
`;

const COMPILER = {
  module: "nodenext",
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
};

it("compiles every piece of TypeScript that the pages show", async () => {
  const snippets = (await Promise.all((await pages()).map(snippetsOf))).flat();
  expect(snippets.length).toBeGreaterThan(10);
  const folder = await temporaryFolder();
  await mkdir(join(folder, "node_modules"));
  await symlink(ROOT, join(folder, "node_modules/batonjs"), "junction");
  for (const dependency of ["@langchain", "@types", "zod"])
    await symlink(join(ROOT, "node_modules", dependency), join(folder, "node_modules", dependency), "junction");
  await mkdir(join(folder, "agents"));
  const files = snippets.map(({ place, code }) => ({
    name: `${place.replaceAll(/\W+/gu, "-")}.ts`,
    code: `${code}\nexport {};\n`,
  }));
  const others = [
    { name: "package.json", code: '{ "type": "module" }' },
    { name: "tsconfig.json", code: JSON.stringify({ compilerOptions: COMPILER, include: ["*.ts"] }) },
    { name: "told.d.ts", code: TOLD },
    {
      name: "agents/hello.ts",
      code: 'import type { Workflow } from "batonjs";\nexport declare const hello: Workflow;\n',
    },
  ];
  for (const { name, code } of [...files, ...others]) await writeFile(join(folder, name), code);

  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });

  expect(stdout).toBe("");
});
