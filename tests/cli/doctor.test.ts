import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { BatonError, offline } from "batonjs";
import { expect, test } from "vitest";

import { checksOf } from "../../cli/checks.ts";
import { openBaton } from "../support/baton.ts";
import { makeApp, makeProject } from "./project.ts";

test("names each seam with its reason and proves that it answers", async () => {
  const app = await makeApp();
  const { code, stdout, stderr } = await app.baton(["doctor"]);
  expect([code, stderr]).toEqual([0, "loading the config\n"]);
  expect(stdout).toMatch(/ok {3}store +SQLite .*baton\.db \(the embedded default\)\n +wrote and read a row\n/u);
  expect(stdout).toMatch(/ok {3}session memory .*\n +remembered and recalled an item\n/u);
  expect(stdout).toMatch(/ok {3}vector memory .*\n +remembered and recalled an item\n/u);
  expect(stdout).toMatch(
    /ok {3}model +offline \(no language model\) \(no model in the config and no OPENAI_API_KEY\)\n/u,
  );
  expect(stdout).toMatch(/ok {3}prompts .*\n +1 prompt loads\n/u);
  expect(stdout).toMatch(/ok {3}workflow +note /u);
});

test("leaves nothing of its proofs in the database", async () => {
  const app = await makeApp();
  await app.baton(["doctor"]);
  const database = new DatabaseSync(join(app.folder, ".baton/baton.db"), { readOnly: true });
  const tables = ["memory_items", "memory_sessions", "memory_session_items", "memory_session_ops", "probes", "runs"];
  const rows = tables.map((table) => database.prepare(`select count(*) as n from ${table}`).get()?.["n"]);
  database.close();
  expect(rows).toEqual([0, 0, 0, 0, 0, 0]);
});

test("ends with the code of the worst problem and goes on with the other checks", async () => {
  const app = await makeApp();
  const config = join(app.folder, "baton.config.ts");
  const broken = (await readFile(config, "utf8")).replace('prompt: "write"', 'prompt: "gone"');
  await writeFile(config, broken);
  const { code, stdout, stderr } = await app.baton(["doctor"]);
  expect(code).toBe(78);
  expect(stdout).toMatch(/FAIL workflow +note .*\n.*`gone`.*\(prompt-not-found\)\n/u);
  expect(stdout).toMatch(/ok {3}store/u);
  expect(stderr).toMatch(/1 of \d+ checks failed\./u);
});

test("writes nothing into a store that it found damaged", async () => {
  const baton = await openBaton({ workflows: [], model: offline() });
  const damaged = async () => {
    throw new BatonError("database-corrupt", "The file is damaged.", { hint: "Restore it." });
  };
  const checks = await checksOf({ ...baton, store: { ...baton.store, probe: damaged } });
  expect(checks.slice(0, 3).map(({ name, ok, detail }) => [name, ok, detail])).toEqual([
    ["store", false, "The file is damaged."],
    ["session memory", false, "not tried: the store in the same place is not usable"],
    ["vector memory", false, "not tried: the store in the same place is not usable"],
  ]);
});

test("prints one JSON document also when there is no project", async () => {
  const { baton } = await makeProject();
  const { code, stdout } = await baton(["doctor", "--json"]);
  expect(code).toBe(78);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    checks: [
      { name: "node", ok: true },
      { name: "config", ok: false, code: "config-not-found" },
    ],
  });
});
