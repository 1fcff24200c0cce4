import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, test } from "vitest";

import { makeApp, makeProject } from "./project.ts";

/** Notes every module that Node loads, one URL a line. */
const HOOK = `import { registerHooks } from "node:module";
import { appendFileSync } from "node:fs";
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + "\\n"); return next(url, context); } });
`;

const HEAVY = /node_modules\/(@langchain|zod|openai|handlebars|yaml|log-update|@viz-js|tinyglobby|cockatiel)\//u;

const UNREAD = /dist\/(memory|prompts|models|agents|graph|store\/(codec|sqlite\/migrations))\/|^node:crypto$/u;

test.each([
  ["--help", ["--help"]],
  ["the help of a command", ["run", "--help"]],
  ["the help of the prompt commands", ["prompts", "--help"]],
  ["runs", ["runs"]],
  ["show", ["show", "r1"]],
  ["why", ["why", "r1", "log"]],
  ["an unknown command", ["nope"]],
])("loads neither LangGraph nor another heavy package for %s", async (_name, args) => {
  const app = await makeApp();
  await app.baton(["run", "flaky", "--run-id", "r1"]);
  const { files } = await loadedBy(app, args);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((url) => HEAVY.test(url))).toEqual([]);
});

test("loads no memory, prompts, models, codec, migrations or crypto where only runs are read", async () => {
  const app = await makeApp();
  await app.baton(["run", "flaky", "--run-id", "r1"]);
  const { files, stdout } = await loadedBy(app, ["runs"]);
  expect(stdout).toContain("r1");
  expect(files.filter((url) => UNREAD.test(url))).toEqual([]);
});

test("sees LangGraph when a command does load it", async () => {
  const app = await makeApp();
  const { files } = await loadedBy(app, ["graph", "note"]);
  expect(files.some((url) => HEAVY.test(url))).toBe(true);
});

async function loadedBy(
  app: Awaited<ReturnType<typeof makeProject>>,
  args: readonly string[],
): Promise<{ readonly files: readonly string[]; readonly stdout: string }> {
  const hook = await makeProject({ "hook.mjs": HOOK });
  const list = join(hook.folder, "loaded.txt");
  const { stdout } = await app.baton(args, {
    node: ["--import", pathToFileURL(join(hook.folder, "hook.mjs")).href],
    // What is kept of modules is found by a hook that comes before this one.
    env: { LOADED: list, NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  return { files: (await readFile(list, "utf8")).split("\n"), stdout };
}
