import { execFile, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type PackedPackage, packPackage } from "../support/packed.ts";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let packed: PackedPackage;
beforeAll(async () => {
  packed = await packPackage();
  await writeFile(join(packed.folder, "package.json"), '{ "name": "consumer", "type": "module", "private": true }');
});
afterAll(() => packed.remove());

test("the tarball holds the built code, its declarations, the templates and the papers, and nothing else", () => {
  const places = new Set(packed.files.map((file) => (file.includes("/") ? file.slice(0, file.indexOf("/")) : file)));
  const expected = ["CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "package.json", "prompts", "templates"];
  expect(expected).toEqual(expect.arrayContaining([...places]));
  expect([...places]).toEqual(expect.arrayContaining(["dist", "LICENSE", "package.json", "CHANGELOG.md"]));

  const built = packed.files.filter((file) => file.startsWith("dist/"));
  expect(built.filter((file) => !/\.(js|d\.ts)$/.test(file))).toEqual([]);
  expect(built.filter((file) => /^dist\/(tests|bench|examples|scripts)\//.test(file))).toEqual([]);
  const docs = packed.files.filter((file) => file.startsWith("docs/"));
  expect(docs.filter((file) => !file.startsWith("docs/errors/"))).toEqual(["docs/events.schema.json"]);
});

test("the program of the package is a script for Node", async () => {
  const text = await readFile(join(packed.installed, "dist/cli/bin.js"), "utf8");
  expect(text.startsWith("#!/usr/bin/env node\n")).toBe(true);
  const { stdout } = await run(process.execPath, [join(packed.installed, "dist/cli/bin.js"), "--version"], {
    cwd: packed.folder,
  });
  const manifest = await readFile(join(packed.installed, "package.json"), "utf8");
  expect(manifest).toContain(`"version": "${stdout.trim()}"`);
});

test.each(["batonjs", "batonjs/evals", "batonjs/evals/vitest", "batonjs/postgres", "batonjs/testing"])(
  "%s loads with the declared dependencies alone",
  async (name) => {
    // Two of them register cases, so they can only be loaded inside vitest; here they need only resolve.
    const load = ["batonjs/testing", "batonjs/evals/vitest"].includes(name)
      ? "import.meta.resolve(name)"
      : "await import(name)";
    const program = `const name = ${JSON.stringify(name)}; ${load}; console.log("loaded");`;
    expect(await evaluate(program)).toEqual({ code: 0, text: "loaded" });
  },
);

test("what is not exported cannot be imported", async () => {
  const { code, text } = await evaluate('await import("batonjs/dist/core/ids.js");');
  expect(code).toBe(1);
  expect(text).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
});

test("a consumer's own declarations can name everything that baton returns", async () => {
  await writeFile(join(packed.folder, "app.ts"), CONSUMER);
  await writeFile(
    join(packed.folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: COMPILER, files: ["app.ts"] }),
  );
  const tsc = join(REPOSITORY, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: packed.folder, encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
  const declared = await readFile(join(packed.folder, "out/app.d.ts"), "utf8");
  expect(declared).not.toMatch(/\bany\b|node_modules/);
});

const COMPILER = {
  module: "nodenext",
  target: "es2024",
  strict: true,
  declaration: true,
  outDir: "out",
  skipLibCheck: true,
};

const CONSUMER = `
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, createBaton, defineConfig, node, offline, postgres, workflow } from "batonjs";
import { createPostgresSaver } from "batonjs/postgres";
import { z } from "zod";

export const saver = () => createPostgresSaver({ url: "postgres://localhost/app" });
export const Ticket = new StateSchema({ question: z.string(), reply: z.string().default("") });
export const author = agent(Ticket, { prompt: "ticket/reply", reads: ["question"], writes: ["reply"] });
export const trim = node(Ticket, { reads: ["reply"], writes: ["reply"] }, async ({ reply }) => ({ reply: reply.trim() }));
export const ticket = workflow({
  id: "ticket",
  graph: new StateGraph(Ticket)
    .addNode("author", author)
    .addNode("trim", trim)
    .addEdge(START, "author")
    .addEdge("author", "trim")
    .addEdge("trim", END),
});
export const config = defineConfig({ workflows: [ticket], model: offline(), store: postgres() });
export const open = () => createBaton(config);
export default config;
`;

async function evaluate(program: string): Promise<{ code: number | null; text: string }> {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: packed.folder,
    encoding: "utf8",
  });
  return { code: status, text: (stdout + stderr).trim() };
}
