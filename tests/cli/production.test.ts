import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { makeApp, type Project } from "./project.ts";

const production = { NODE_ENV: "production" };
/** Nothing listens there; it only has to be named. */
const DATABASE_URL = "postgres://127.0.0.1:1/none";
const run = ["run", "note", "--run-id", "r1", "--input", '{"topic":"tea"}'];

async function withConfig(parts: string): Promise<Project> {
  const app = await makeApp();
  const file = join(app.folder, "baton.config.ts");
  const text = (await readFile(file, "utf8"))
    .replace("import { agent,", "import { offline, sqlite, agent,")
    .replace("defineConfig({", `defineConfig({ ${parts}`);
  expect(text).toContain(parts);
  await writeFile(file, text);
  return app;
}

test("in production runs are not looked for in a file that nobody named", async () => {
  const app = await makeApp();
  const { code, stderr } = await app.baton(["runs"], { env: production });
  expect(code).toBe(78);
  expect(stderr).toMatch(/Nothing names the store of the runs.*\(default-refused\)/u);
});

test("what the config names is used in production, and wins over the environment", async () => {
  const app = await withConfig(
    "allowPromptFolder: true, model: offline(), store: sqlite(), session: sqlite(), vector: sqlite(),",
  );
  const started = await app.baton(run, { env: { ...production, DATABASE_URL } });
  expect(started.code).toBe(0);
  expect(started.stderr).toContain("model: offline (no language model), named in the config");
  expect(started.stderr).toContain("baton.db, named in the config");
  const listed = await app.baton(["runs"], { env: { ...production, DATABASE_URL } });
  expect(listed.stdout).toContain("r1");
});

test("doctor says what is missing before production does", async () => {
  const app = await makeApp();
  const { code, stdout } = await app.baton(["doctor"], { env: production });
  expect(code).toBe(78);
  expect(stdout).toMatch(/Nothing names the model.*\(default-refused\)\n +Set OPENAI_API_KEY/u);
});

test("a default says at the start of a run that it is one", async () => {
  const app = await makeApp();
  const { stderr } = await app.baton(run);
  expect(stderr).toContain("model: offline (no language model), no model in the config and no OPENAI_API_KEY");
  expect(stderr).toContain("store: SQLite .baton/baton.db, the embedded default");
});
