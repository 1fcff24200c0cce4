import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { BIN, type Finished, makeApp, makeProject } from "./project.ts";

/** One sentence and a hint, never a stack. */
function expectComplaint(
  { code, stdout, stderr }: Finished,
  expected: { readonly code: number; readonly error: RegExp },
): void {
  expect(stderr).toMatch(expected.error);
  expect(code).toBe(expected.code);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/\n\s+at .*:\d+/u);
}

test.each([
  ["an unknown command", ["rnu"], 64, /Unknown command `rnu`\. \(bad-usage\)\n +Did you mean/u],
  ["no command", [], 64, /No command was given\. \(bad-usage\)/u],
  [
    "an unknown flag",
    ["runs", "--limt", "3"],
    64,
    /Unknown option `--limt`\. \(bad-usage\)\n +Did you mean --limit\?/u,
  ],
  [
    "a missing argument",
    ["run"],
    64,
    /Missing required argument `workflow`\. \(bad-usage\)\n +Help: baton run --help/u,
  ],
  ["too many arguments", ["show", "a", "b"], 64, /Too many arguments for `show`/u],
  ["a flag value of the wrong form", ["runs", "--limit", "-1"], 64, /Expected a whole number above 0\. \(bad-usage\)/u],
  ["an unknown status", ["runs", "--status", "done"], 64, /Allowed choices are queued, running/u],
  [
    "an unknown workflow",
    ["run", "report"],
    64,
    /There is no workflow `report`\. \(unknown-workflow\)\n +Workflows here: note, flaky, slow, stuck, ask\./u,
  ],
  ["a misspelt workflow", ["run", "flakey"], 64, /Did you mean `flaky`\? Workflows here: note, flaky/u],
  ["an unknown flag of a command in a group", ["prompts", "show", "--nope"], 64, /Help: baton prompts show --help/u],
  ["an unknown command of a group", ["prompts", "shw"], 64, /Did you mean show\? Help: baton prompts --help/u],
  ["an unknown workflow to draw", ["graph", "nope"], 64, /There is no workflow `nope`/u],
  ["an unknown run to resume", ["resume", "run_0"], 64, /There is no run `run_0`\. \(unknown-run\)/u],
  ["an unknown run to show", ["show", "run_0"], 64, /There is no run `run_0`\. \(unknown-run\)/u],
  ["a malformed run id", ["resume", "../x"], 64, /Expected a run id, got `\.\.\/x`\. \(bad-usage\)/u],
  ["a malformed thread id", ["run", "note", "--thread", "a b"], 64, /Expected a thread id, got `a b`/u],
  [
    "input that is no JSON",
    ["run", "note", "--input", "{topic"],
    64,
    /`--input`: the text is not JSON: .* \(input-invalid\)/u,
  ],
  ["an input file that is missing", ["run", "note", "--input", "@no.json"], 64, /the file `no\.json` does not exist/u],
  ["input that is no object", ["run", "note", "--input", "[1]"], 64, /to be a JSON object, got \[1\]/u],
  ["a field that is missing", ["run", "note"], 64, /lacks the field `topic`\. \(input-invalid\)/u],
  [
    "a field of the wrong type",
    ["run", "note", "--input", '{"topic":3}'],
    64,
    /`topic` of workflow `note` does not fit: .*expected string.*got 3/u,
  ],
  ["a field that the state does not have", ["run", "note", "--input", '{"topc":"x"}'], 64, /has no field `topc`/u],
  [
    "a picture that cannot be written",
    ["graph", "note", "--out", "no/such/folder.svg"],
    64,
    /`no\/such\/folder\.svg` cannot be written/u,
  ],
])("refuses %s", async (_name, args, code, error) => {
  const app = await makeApp();
  expectComplaint(await app.baton(args), { code, error });
});

test.each([["runs", "--json"], ["--help"]])(
  "says in one sentence that standard output takes nothing: %s",
  async (...args) => {
    const { folder } = await makeProject({ "baton.config.ts": "" });
    // Writing to what is open for reading fails everywhere, as a full disk does.
    const unwritable = openSync(join(folder, "package.json"), "r");
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], {
      cwd: folder,
      stdio: ["ignore", unwritable, "pipe"],
      encoding: "utf8",
    });
    closeSync(unwritable);
    expectComplaint(
      { code: status, stdout: "", stderr },
      { code: 75, error: /^error: The result could not be written .*\(output-unwritable\)/u },
    );
  },
);

test("puts a failure before a run into one JSON document", async () => {
  const app = await makeApp();
  const { code, stdout } = await app.baton(["run", "report", "--json"]);
  expect(code).toBe(64);
  expect(JSON.parse(stdout)).toEqual({
    error: {
      code: "unknown-workflow",
      message: "There is no workflow `report`.",
      hint: "Workflows here: note, flaky, slow, stuck, ask.",
    },
  });
});

test("shows the stack with --verbose", async () => {
  const app = await makeApp();
  const { stderr } = await app.baton(["run", "nope", "--verbose"]);
  expect(stderr).toMatch(/\n\s+at .*registry\.js:\d+/u);
});

test("refuses a broken prompt file, naming file and line", async () => {
  const app = await makeApp();
  await writeFile(join(app.folder, "prompts/write.prompt"), "---\ninput: [\n---\nHello {{topic}}\n");
  expectComplaint(await app.baton(["run", "note", "--input", '{"topic":"x"}']), {
    code: 78,
    error: /write\.prompt:\d+.*\(prompt-invalid\)/u,
  });
});

test("refuses a prompt that does not exist", async () => {
  const app = await makeApp();
  const config = `import { StateGraph, StateSchema, START } from "@langchain/langgraph"; import { agent, defineConfig, workflow } from "batonjs"; import { z } from "zod";
    const S = new StateSchema({ a: z.string().default("") });
    export default defineConfig({ workflows: [workflow({ id: "w", graph: new StateGraph(S).addNode("n", agent(S, { prompt: "gone", reads: ["a"], writes: ["a"] })).addEdge(START, "n") })] });`;
  await writeFile(join(app.folder, "baton.config.ts"), config);
  expectComplaint(await app.baton(["run", "w"]), { code: 78, error: /`gone`.*\(prompt-not-found\)/u });
});

test("refuses a corrupt database file and leaves it as it is", async () => {
  const app = await makeApp();
  await mkdir(join(app.folder, ".baton"));
  await writeFile(
    join(app.folder, ".baton/baton.db"),
    "this is no database, but long enough to be looked at as one".repeat(50),
  );
  expectComplaint(await app.baton(["run", "flaky"]), { code: 69, error: /\(database-corrupt\)/u });
  expectComplaint(await app.baton(["runs"]), { code: 69, error: /\(database-corrupt\)/u });
});

test("refuses a .baton that is no folder, and a database that is one", async () => {
  const [file, folder] = [await makeApp(), await makeApp()];
  await writeFile(join(file.folder, ".baton"), "");
  const isFile = {
    code: 78,
    error: /\.baton` is a file, where Baton keeps a folder\. \(baton-folder-unusable\)\n +Move/u,
  };
  for (const args of [["run", "flaky"], ["runs"], ["prune"]]) expectComplaint(await file.baton(args), isFile);
  const { code, stdout } = await file.baton(["doctor"]);
  expect([code, stdout]).toEqual([
    78,
    expect.stringMatching(/FAIL folder .*\n +`.*` is a file, where Baton keeps a folder/u),
  ]);

  await mkdir(join(folder.folder, ".baton/baton.db"), { recursive: true });
  const isFolder = {
    code: 78,
    error: /baton\.db` is a folder, where Baton keeps a file\. \(baton-folder-unusable\)\n +Move/u,
  };
  for (const args of [["run", "flaky"], ["runs"]]) expectComplaint(await folder.baton(args), isFolder);
});

test("refuses a .baton folder that cannot be written", async () => {
  const app = await makeApp();
  const folder = join(app.folder, ".baton");
  // Root may write everywhere but into the kernel's own folders.
  if (process.getuid?.() === 0) await symlink("/sys/kernel", folder);
  else await mkdir(folder, { mode: 0o500 });
  expectComplaint(await app.baton(["run", "flaky"]), { code: 78, error: /\(baton-folder-unusable\)/u });
});

test("refuses a folder without a config", async () => {
  const { baton } = await makeProject();
  expectComplaint(await baton(["runs"]), { code: 78, error: /holds a baton\.config\.ts\. \(config-not-found\)/u });
});

test("names the missing key of a model that the config asks for", async () => {
  const app = await makeProject({
    "baton.config.ts":
      'import { defineConfig, openai } from "batonjs"; export default defineConfig({ workflows: [], model: openai("gpt-5-mini"), prompts: "." });',
  });
  expectComplaint(await app.baton(["run", "x"]), { code: 78, error: /\(model-key-missing\)\n +Set OPENAI_API_KEY/u });
});
