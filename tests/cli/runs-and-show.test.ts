import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { eventually, makeApp } from "./project.ts";

test("lists runs newest first, and only those asked for", async () => {
  const app = await makeApp();
  await writeFile(join(app.folder, "broken"), "");
  await app.baton(["run", "note", "--input", '{"topic":"Water"}', "--run-id", "r1"]);
  await app.baton(["run", "flaky", "--run-id", "f1"]);
  const all = await app.baton(["runs"]);
  expect(all.code).toBe(0);
  expect(all.stdout).toMatch(
    /^RUN +WORKFLOW +STATUS +STEP +STARTED +TOOK\nf1 +flaky +failed +2 second .*\nr1 +note +completed +2 writer .*\n$/u,
  );
  expect((await app.baton(["runs", "--status", "failed"])).stdout).not.toContain("r1");
  expect((await app.baton(["runs", "--workflow", "note"])).stdout).not.toContain("f1");
  expect((await app.baton(["runs", "--limit", "1"])).stdout).not.toContain("r1");
  const { runs } = JSON.parse((await app.baton(["runs", "--json"])).stdout);
  expect(runs).toMatchObject([
    { runId: "f1", workflow: "flaky", status: "failed", step: 2, node: "second", error: { code: "node-failed" } },
    { runId: "r1", workflow: "note", status: "completed", thread: "r1" },
  ]);
});

test("tells a filter that nothing fits from a project without runs", async () => {
  const app = await makeApp();
  await app.baton(["run", "note", "--input", '{"topic":"tea"}']);
  const { code, stderr } = await app.baton(["runs", "--status", "dead"]);
  expect([code, stderr]).toEqual([0, "No run is of this kind.\n"]);
});

test("makes no file where nothing ever ran", async () => {
  const app = await makeApp();
  const { code, stdout, stderr } = await app.baton(["runs"]);
  expect([code, stdout, stderr]).toEqual([0, "", "No runs here yet. Start one with: baton run <workflow>\n"]);
  expect(existsSync(join(app.folder, ".baton"))).toBe(false);
  expect(JSON.parse((await app.baton(["runs", "--json"])).stdout)).toEqual({ runs: [] });
});

test("shows facts, pins, steps, state and error of a run", async () => {
  const app = await makeApp();
  await writeFile(join(app.folder, "broken"), "");
  await app.baton(["run", "note", "--input", '{"topic":"Water"}', "--run-id", "r1", "--session", "talk"]);
  const { code, stdout } = await app.baton(["show", "r1"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^run +r1\nworkflow +note\nstatus +completed\nsession +talk\n/u);
  expect(stdout).toMatch(/model +offline \(no language model\)\ncalls +1; \d+ tokens in, \d+ out\n/u);
  expect(stdout).toMatch(/prompts +write@[0-9a-f]{12} \((?:used in step[^;]+; )?not committed\)\n/u);
  expect(stdout).toMatch(
    /STEP +NODE +OUTCOME +TIME +ATTEMPTS +CALLS +TOKENS\n +1 +collect +completed .*\n +2 +writer +completed .* 1 +1 +\d+\n/u,
  );
  expect(stdout).toMatch(/answer +Water is one\. Water is two\.\n/u);
  await app.baton(["run", "flaky", "--run-id", "f1"]);
  const failed = (await app.baton(["show", "f1"])).stdout;
  expect(failed).toMatch(/error +The pump is broken\.\n +Remove the file `broken`\.\n/u);
  expect(failed).toMatch(/Resume with: baton resume f1\n$/u);
});

test("prints the documented shape with --json", async () => {
  const app = await makeApp();
  await app.baton(["run", "note", "--input", '{"topic":"Water"}', "--run-id", "r1"]);
  const { stdout } = await app.baton(["show", "r1", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    runId: "r1",
    status: "completed",
    input: { topic: "Water" },
    // Whoever asks a model may have to ask it to mend its answer.
    prompts: [
      { name: "write", dirty: true },
      { name: "baton/output-repair", dirty: false },
    ],
    model: { ref: "offline" },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/u),
    usage: { modelCalls: 1, replayedCalls: 0 },
    epochs: [{ epoch: 1, resumed: false }],
    events: expect.arrayContaining([expect.objectContaining({ type: "run_completed" })]),
  });
});

test("shows how to answer the question a run waits with", async () => {
  const app = await makeApp();
  await app.baton(["run", "ask", "--run-id", "a1"]);
  const { stdout } = await app.baton(["show", "a1"]);
  expect(stdout).toMatch(
    /Waits for an answer to: \{"question":"Go on with 1\?"\}\nAnswer with: baton resume a1 --interrupt \S+ --answer '<json>'\n$/u,
  );
});

test("reads in a second terminal while a run writes", async () => {
  const app = await makeApp();
  const { finished } = app.start(["run", "slow", "--run-id", "s1"]);
  await eventually(async () => (await app.baton(["show", "s1"])).stdout.includes("2  wait"));
  const [runs, show] = await Promise.all([app.baton(["runs"]), app.baton(["show", "s1"])]);
  expect(runs.stdout).toMatch(/s1 +slow +running +2 wait/u);
  expect(show.stdout).toMatch(/2 +wait +unfinished/u);
  expect([runs.code, show.code, runs.stderr, show.stderr]).toEqual([0, 0, "", ""]);
  await writeFile(join(app.folder, "go"), "");
  expect((await finished).code).toBe(0);
});

test("says of a killed run that its process is gone, and how to go on", async () => {
  const app = await makeApp();
  const { process: killed, finished } = app.start(["run", "slow", "--run-id", "k1"]);
  await eventually(async () => (await app.baton(["show", "k1"])).stdout.includes("2  wait"));
  expect((await app.baton(["show", "k1"])).stdout).not.toMatch(/is gone|Resume with/u);
  killed.kill("SIGKILL");
  await finished;
  const { stdout } = await app.baton(["show", "k1"]);
  expect(stdout).toMatch(/owner .* a process that is gone\n/u);
  expect(stdout).toContain("Resume with: baton resume k1");
});
