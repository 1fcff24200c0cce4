import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { callsIn, makeTwoAgents, reword } from "./eval-two-agents.ts";
import { commit } from "./prompt-project.ts";
import type { Project } from "./project.ts";

const CANARY = "sk-canary4711canary4711canary";

async function runNote(project: Project, topic: string): Promise<string> {
  const { stdout } = await project.baton(["run", "note", "--input", JSON.stringify({ topic }), "--json"]);
  const { runId, status } = JSON.parse(stdout);
  expect(status).toBe("completed");
  return runId;
}

test("S11: a run becomes a case of its workflow, without its keys; the suite keeps its comments and runs it", async () => {
  const project = await makeTwoAgents();
  const run = await runNote(project, `oats ${CANARY}`);
  const added = await project.baton(["eval", "add-case", "--run", run, "--id", "oats"]);
  expect(added).toMatchObject({ code: 0, stdout: "Added `oats` to evals/whole.eval.yaml (workflow note).\n" });
  expect(added.stderr).toContain("Taken out: input.topic");
  const suite = await readFile(join(project.folder, "evals/whole.eval.yaml"), "utf8");
  expect(suite).not.toContain("canary");
  expect(suite).toMatch(/^# Kept as it is\.\nworkflow: note\ncases:\n[\s\S]*# and this comment\n/u);
  expect(suite).toContain(`      run: ${run}\n`);
  const { stdout, code } = await project.baton(["eval", "whole", "--json"]);
  expect([code, JSON.parse(stdout).suites[0].totals.cases]).toEqual([0, 2]);
  const again = await project.baton(["eval", "add-case", "--run", run, "--id", "oats"]);
  expect(again).toMatchObject({ code: 64, stderr: expect.stringContaining("has a case `oats` already") });
});

test("what an agent of a step was given becomes its case, in a suite that is made for it", async () => {
  const project = await makeTwoAgents();
  const run = await runNote(project, "oats");
  const refused = await project.baton(["eval", "add-case", "--run", run, "--from-step", "2"]);
  expect(refused).toMatchObject({ code: 64, stderr: expect.stringContaining("--as-expected") });
  const flags = ["eval", "add-case", "--run", run, "--from-step", "2", "--as-expected", "--redact", "input.topic"];
  const dry = await project.baton([...flags, "--dry-run", "--json"]);
  expect(JSON.parse(dry.stdout)).toMatchObject({
    file: "evals/note-writer.eval.yaml",
    target: "agent note/writer",
    cases: [
      {
        input: { topic: "[redacted]", fact: "oats is exact" },
        expected: { text: "oats is exact, short <b>bold</b>" },
        from: { run, step: 2, model: "test/obedient" },
      },
    ],
    written: false,
  });
  expect((await project.baton(flags)).code).toBe(0);
  const { stdout, code } = await project.baton(["eval", "note-writer", "--json"]);
  expect([code, JSON.parse(stdout).suites[0].totals.passed]).toEqual([0, 1]);
  const odd = await project.baton(["eval", "add-case", "--run", run, "--from-step", "9"]);
  expect(odd).toMatchObject({ code: 64, stderr: expect.stringContaining("Steps with agents: 1 to 2.") });
});

test("a replay asks nothing before its step and says which score fell", async () => {
  const project = await makeTwoAgents();
  const run = await runNote(project, "tea");
  await reword(project, "prompts/write.prompt", ["Use short words.", "Write as you like."]);
  const before = callsIn(project).length;
  const flags = ["eval", "replay", run, "--from", "2"];
  const { code, stdout } = await project.baton([...flags, "--prompt", "write", "--times", "2", "--json"]);
  expect(code).toBe(1);
  expect(callsIn(project).slice(before)).toEqual(["text", "text"]);
  expect(JSON.parse(stdout)).toMatchObject({
    modelCalls: { upstream: 0, downstream: 2 },
    scores: [
      { suite: "whole", scorer: "found", before: 1, after: 1 },
      { suite: "whole", scorer: "words", before: 1, after: 0, reason: "Does not contain `short`." },
    ],
    changedFields: ["text"],
  });
  const same = await project.baton([...flags, "--prompt", "write=@v1"]);
  expect(same.code).toBe(0);
  expect(same.stdout).toContain(
    "Model calls before step 2: 0; from there on: 1 in 1 replay.\nThe last state is the same.",
  );
});

test("a bisection names the version that broke a case, over versions and not commits, and pays no probe twice", async () => {
  const project = await makeTwoAgents({
    "prompts/find.eval.yaml":
      "agent: note/finder\ncases: [{ id: elm, input: { topic: elm } }]\nscorers: [{ contains: { at: fact, text: exact } }]\n",
  });
  for (const at of [1, 2, 3, 4, 5, 6, 7]) {
    const change: readonly [string, string] = at === 5 ? ["Be exact.", "Be brief."] : ["Find", `Find ${at}`];
    await reword(project, "prompts/find.prompt", change);
    await writeFile(join(project.folder, `other-${at}.txt`), "no prompt\n");
    commit(project, `Change ${at}`);
    await writeFile(join(project.folder, `more-${at}.txt`), "no prompt\n");
    commit(project, `Touch no prompt ${at}`);
  }
  const flags = ["eval", "bisect", "v1..HEAD", "--case", "elm", "--json"];
  const { code, stdout } = await project.baton(flags);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({
    result: "found",
    suite: "find",
    firstBad: { title: "Change 5" },
    lastGood: { title: "Change 4" },
    changes: [{ prompt: "find", files: ["find.prompt"] }],
  });
  // Eight versions: the two ends, and three between them.
  expect(document.probes).toHaveLength(5);
  expect(code).toBe(0);
  const calls = callsIn(project).length;
  expect(calls).toBe(document.probes.reduce((sum: number, probe: { repeats: number }) => sum + probe.repeats, 0));
  expect((await project.baton(flags)).code).toBe(0);
  expect(callsIn(project)).toHaveLength(calls);
  const none = await project.baton(["eval", "bisect", "v1..v1~0", "--case", "elm"]);
  expect(none).toMatchObject({ code: 2, stdout: expect.stringContaining("No prompt of suite find differs") });
});
