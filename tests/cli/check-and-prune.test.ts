import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { makeApp, type Project } from "./project.ts";

/** Two runs that wait, and one that is done. */
async function appWithRuns(): Promise<Project> {
  const app = await makeApp();
  await writeFile(join(app.folder, "broken"), "");
  await app.baton(["run", "flaky", "--run-id", "f1"]);
  await app.baton(["run", "ask", "--run-id", "a1"]);
  await app.baton(["run", "note", "--input", '{"topic":"Water"}', "--run-id", "n1"]);
  return app;
}

test("check --runs lists the runs that this version breaks, and fails when there are any", async () => {
  const app = await appWithRuns();
  const fine = await app.baton(["check", "--runs"]);
  expect([fine.code, fine.stdout]).toEqual([0, "This version breaks 0 of 2 unfinished runs.\n"]);
  const config = join(app.folder, "baton.config.ts");
  const text = await readFile(config, "utf8");
  await writeFile(
    config,
    text.replaceAll('"second"', '"renamed"').replace("[note, flaky, slow, stuck, ask]", "[note, flaky]"),
  );

  const { code, stdout } = await app.baton(["check", "--runs"]);

  expect(code).toBe(1);
  expect(stdout).toMatch(/^This version breaks 2 of 2 unfinished runs\.\n/u);
  expect(stdout).toMatch(/ {2}f1 {2}flaky {2}failed\n {4}- node `second`, .*perhaps it is `renamed` now/u);
  expect(stdout).toMatch(/ {2}a1 {2}ask {2}interrupted\n {4}- workflow `ask` is gone/u);
  const document = JSON.parse((await app.baton(["check", "--runs", "--json"])).stdout);
  expect(document).toMatchObject({ checked: 2, broken: [{ runId: "a1" }, { runId: "f1" }], migratable: [] });
  expect((await app.baton(["check"])).code).toBe(64);
  const refused = await app.baton(["resume", "f1", "--migrate"]);
  expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining("baton fork f1 --step <n>")]);
});

test("prune removes what settled runs left behind, says so before with --dry-run, and leaves what can be resumed", async () => {
  const app = await appWithRuns();
  const nothing = await app.baton(["prune"]);
  expect([nothing.code, nothing.stdout]).toEqual([0, "Nothing to prune.\n"]);
  const all = ["prune", "--older-than", "0", "--keep-latest", "0"];
  expect((await app.baton([...all, "--keep-runs", "1"])).stdout).toBe("Nothing to prune.\n");
  expect((await app.baton([...all, "--dry-run"])).stdout).toMatch(/^Would remove 4 checkpoints, .* and 1 run\.\n$/u);
  expect((await app.baton(["show", "n1"])).code).toBe(0);

  const pruned = JSON.parse((await app.baton([...all, "--json"])).stdout);

  expect(pruned).toMatchObject({ dryRun: false, runs: 1, threads: 1, checkpoints: 4 });
  expect((await app.baton(["show", "n1"])).code).toBe(64);
  expect((await app.baton(["resume", "a1", "--answer", '"yes"'])).code).toBe(0);
  for (const wrong of [
    ["--older-than", "x"],
    ["--keep-latest", "-1"],
    ["--status", "failed"],
  ]) {
    expect([wrong, (await app.baton(["prune", ...wrong])).code]).toEqual([wrong, 64]);
  }
});
