import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { BIN, eventually, makeApp } from "./project.ts";

const TOPIC = ["--input", '{"topic":"Water"}'] as const;

test("prints the result alone on stdout and everything else on stderr", async () => {
  const app = await makeApp();
  const { code, stdout, stderr } = await app.baton(["run", "note", ...TOPIC, "--run-id", "r1"]);
  expect(code).toBe(0);
  expect(stdout).toBe("Water is one. Water is two.\n");
  expect(stderr).toContain(
    "note r1 · model: offline (no language model), no model in the config and no OPENAI_API_KEY · store: SQLite .baton",
  );
  expect(stderr).toMatch(/✓ +1 +collect .*\n✓ +2 +writer .* tokens/u);
});

test("keeps what configs and nodes print out of stdout (S28)", async () => {
  const app = await makeApp();
  const { stdout, stderr } = await app.baton(["run", "note", ...TOPIC, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ status: "completed" });
  for (const printed of ["loading the config", "collecting notes", "written past the console"])
    expect(stderr).toContain(printed);
});

test("prints exactly one JSON document of the documented shape", async () => {
  const app = await makeApp();
  const { code, stdout } = await app.baton(["run", "note", ...TOPIC, "--run-id", "r1", "--json"]);
  expect(code).toBe(0);
  const outcome: unknown = JSON.parse(stdout);
  expect(outcome).toMatchObject({
    runId: "r1",
    workflow: "note",
    status: "completed",
    state: { topic: "Water", answer: "Water is one. Water is two." },
    steps: [
      { step: 1, node: "collect", attempt: 1, modelCalls: 0, replayedCalls: 0 },
      { step: 2, node: "writer", attempt: 1, modelCalls: 1, replayedCalls: 0 },
    ],
  });
});

test.each([
  ["from a file", ["--input", "@input.json"], {}],
  ["from standard input", ["--input", "-"], { stdin: '{"topic":"Water"}' }],
])("reads the input %s", async (_name, flags, call) => {
  const app = await makeApp();
  await writeFile(join(app.folder, "input.json"), '\uFEFF{"topic":"Water"}');
  const { code, stdout } = await app.baton(["run", "note", ...flags], call);
  expect([code, stdout]).toEqual([0, "Water is one. Water is two.\n"]);
});

test("finds the project from a folder below it", async () => {
  const app = await makeApp();
  const { code, stdout } = await app.baton(["run", "note", ...TOPIC], { cwd: join(app.folder, "prompts") });
  expect([code, stdout]).toEqual([0, "Water is one. Water is two.\n"]);
});

test("says how to resume a failed run, and resume goes on after the finished step", async () => {
  const app = await makeApp();
  await writeFile(join(app.folder, "broken"), "");
  const failed = await app.baton(["run", "flaky", "--run-id", "f1"]);
  expect([failed.code, failed.stdout]).toEqual([1, ""]);
  expect(failed.stderr).toContain(
    "error: Run `f1` failed at step 2 in node `second`: The pump is broken. (node-failed)\n       Remove the file `broken`.\nResume with: baton resume f1\n",
  );

  await rm(join(app.folder, "broken"));
  const resumed = await app.baton(["resume", "f1", "--json"]);
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    state: { count: 1 },
    steps: [
      { node: "first", attempt: 1 },
      { node: "second", attempt: 2 },
    ],
  });
});

test("lets no text of a run drive the terminal", async () => {
  const app = await makeApp();
  const { stdout } = await app.baton(["run", "flaky"]);
  expect(stdout).toBe("counted to 1\n");
});

test("answers a resume of a completed run with its stored result, and promises none where it refuses", async () => {
  const app = await makeApp();
  await app.baton(["run", "note", ...TOPIC, "--run-id", "r1"]);
  const { code, stdout, stderr } = await app.baton(["resume", "r1"]);
  expect([code, stdout]).toEqual([0, "Water is one. Water is two.\n"]);
  expect(stderr).toContain("was completed before: this is its stored result.");

  const late = await app.baton(["resume", "r1", "--answer", '"yes"']);
  expect(late).toMatchObject({ code: 64, stdout: "", stderr: expect.stringContaining("(answer-unexpected)") });
  expect(late.stderr).not.toContain("stored result");
});

test("takes the same run id and input as the same run", async () => {
  const app = await makeApp();
  await app.baton(["run", "note", ...TOPIC, "--run-id", "r1"]);
  const again = await app.baton(["run", "note", ...TOPIC, "--run-id", "r1"]);
  expect([again.code, again.stdout]).toEqual([0, "Water is one. Water is two.\n"]);
  const other = await app.baton(["run", "note", "--input", '{"topic":"Fire"}', "--run-id", "r1"]);
  expect(other.code).toBe(64);
  expect(other.stderr).toContain("(run-id-taken)");
});

test("leaves a question with exit code 2 and goes on with the answer", async () => {
  const app = await makeApp();
  const asked = await app.baton(["run", "ask", "--run-id", "a1"]);
  expect(asked.code).toBe(2);
  expect(asked.stderr).not.toMatch(/✓ +2 +approve/u);
  expect(asked.stderr).toContain('The run waits for an answer to: {"question":"Go on with 1?"}');
  const id = /--interrupt (\S+) --answer/u.exec(asked.stderr)?.[1] ?? "";
  const answered = await app.baton(["resume", "a1", "--interrupt", id, "--answer", '{"ok":true}']);
  expect([answered.code, answered.stdout]).toEqual([0, 'the answer was {"ok":true}\n']);
});

test("puts a run down at Ctrl-C with exit code 130, and resume goes on", async () => {
  const app = await makeApp();
  const { process: child, finished } = app.start(["run", "slow", "--run-id", "s1"]);
  await eventually(async () => (await app.baton(["show", "s1"])).stdout.includes("2  wait"));
  child.kill("SIGINT");
  const stopped = await finished;
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain("Resume with: baton resume s1");
  await writeFile(join(app.folder, "go"), "");
  const resumed = await app.baton(["resume", "s1"]);
  expect([resumed.code, resumed.stdout]).toEqual([0, "waited for 1\n"]);
});

test("does not wait at Ctrl-C for a node that does not listen", async () => {
  const app = await makeApp();
  const { process: child, finished } = app.start(["run", "stuck", "--run-id", "s1"]);
  await eventually(async () => (await app.baton(["show", "s1"])).stdout.includes("2  hang"));
  child.kill("SIGINT");
  expect((await finished).code).toBe(130);
  await writeFile(join(app.folder, "go"), "");
  const resumed = await app.baton(["resume", "s1"]);
  expect([resumed.code, resumed.stdout]).toEqual([0, "done after 1\n"]);
});

test("refuses to resume a run that runs elsewhere", async () => {
  const app = await makeApp();
  const { finished } = app.start(["run", "slow", "--run-id", "s1"]);
  await eventually(async () => (await app.baton(["show", "s1"])).stdout.includes("2  wait"));
  const refused = await app.baton(["resume", "s1"]);
  expect(refused.code).toBe(75);
  expect(refused.stderr).toContain("(run-already-active)");
  await writeFile(join(app.folder, "go"), "");
  expect((await finished).code).toBe(0);
});

test("goes on when nobody reads any more what it tells beside the result", async () => {
  const { folder } = await makeApp();
  const run = `'${process.execPath}' '${BIN}' run note --input '{"topic":"tea"}' > out.txt; echo $? > code.txt`;
  execFileSync("sh", ["-c", `{ ${run}; } 2>&1 | true`], { cwd: folder });
  const [code, out] = await Promise.all(["code.txt", "out.txt"].map((name) => readFile(join(folder, name), "utf8")));
  expect([code, out]).toEqual(["0\n", expect.stringContaining("tea")]);
});
