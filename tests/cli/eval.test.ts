import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { makeEvalProject } from "./eval-project.ts";
import type { Project } from "./project.ts";

const callsOf = (project: Project): number => {
  const file = join(project.folder, "calls.log");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
};

async function change(project: Project, from: string, to: string, file = "prompts/_style.prompt"): Promise<void> {
  const path = join(project.folder, file);
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}

test("a prompt changed for the worse is a regression that names suite and cases; untouched suites are not run", async () => {
  const project = await makeEvalProject();
  await change(project, "Use short words.", "Write as you like.");
  const { code, stdout } = await project.baton([
    "eval",
    "--baseline",
    "v1",
    "--changed",
    "note/write",
    "other",
    "--json",
  ]);
  expect(code).toBe(1);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({
    verdict: "regression",
    suites: [{ name: "note/write", verdict: "regression", why: expect.stringMatching(/^Decided after \d+ cases/u) }],
    comparison: { unchanged: ["other"] },
    model: "test/obedient",
  });
  const { cases, failed, passed } = document.suites[0].totals;
  expect(cases).toBeLessThan(60);
  expect([failed > cases / 5, failed + passed]).toEqual([true, cases]);
  expect(document.suites[0].scorers[0]).toMatchObject({ name: "exact", verdict: "regression" });
});

test("what an earlier run made of the baseline is read back: the unchanged side costs no call", async () => {
  const project = await makeEvalProject(8);
  await change(project, "Use short words.", "Use short words. Be kind.");
  const flags = ["eval", "--baseline", "v1", "note/write", "--json"];
  const first = JSON.parse((await project.baton(flags)).stdout).suites[0];
  expect(callsOf(project)).toBe(16);
  await change(project, "Be kind.", "Be brief.");
  const second = JSON.parse((await project.baton(flags)).stdout).suites[0];
  expect(callsOf(project)).toBe(16 + 8);
  expect(second.baseline).toMatchObject({ cells: 8, kept: 8, modelCalls: 0, scores: first.baseline.scores });
  await project.baton([...flags, "--no-kept"]);
  expect(callsOf(project)).toBe(24 + 16);
  // Another case costs its own calls alone.
  await change(project, "topic-7", "topic-9", "prompts/note/write.eval.yaml");
  await change(project, '"topic 7"', '"topic 9"', "prompts/note/write.eval.yaml");
  await project.baton(flags);
  expect(callsOf(project)).toBe(40 + 1 + 8);
});

test("--explain names file, prompt, target and suite of each chain, and runs nothing", async () => {
  const project = await makeEvalProject(2);
  await change(project, "Use short words.", "Write as you like.");
  await writeFile(join(project.folder, "prompts/fresh.prompt"), "---\n---\nSay hello.\n");
  await writeFile(
    join(project.folder, "prompts/fresh.eval.yaml"),
    "cases: [{ input: {}, expected: short words }]\nscorers: [exact]\n",
  );
  const { code, stdout } = await project.baton(["eval", "--baseline", "v1", "--explain"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^_style\.prompt → prompt note\/write \(closure [0-9a-f]{8} → [0-9a-f]{8}\) → agent note\/writer → suite note\/agent$/mu,
  );
  expect(stdout).toMatch(/→ prompt note\/write → suite note\/write$/mu);
  expect(stdout).toContain("suite fresh is judged by itself: it has no baseline:");
  expect(stdout).toContain("Unchanged: other");
  expect(callsOf(project)).toBe(0);
});

test("a harmless rewording passes, or says how many cases would decide", async () => {
  const project = await makeEvalProject(70);
  await change(project, "Use short words.", "Use short words. Be kind.");
  const enough = await project.baton(["eval", "--baseline", "v1", "note/write", "--json"]);
  expect([enough.code, JSON.parse(enough.stdout).verdict]).toEqual([0, "pass"]);
  const few = await project.baton(["eval", "--baseline", "v1", "note/agent"]);
  expect(few.code).toBe(2);
  expect(few.stdout).toContain("Would be decided by about 60 cases in all");
});

test("nothing affected is said, costs no call and is green", async () => {
  const project = await makeEvalProject();
  const { code, stdout } = await project.baton(["eval", "--baseline", "v1", "--changed"]);
  expect(code).toBe(0);
  expect(stdout).toContain("No prompt of the 3 suites is affected");
  expect(callsOf(project)).toBe(0);
});

test("killed in the middle, a resumed run repeats no finished case and reports the same", async () => {
  const project = await makeEvalProject(12);
  const whole = await project.baton(["eval", "note/write", "--json"]);
  const calls = callsOf(project);
  await writeFile(join(project.folder, "slow"), "");
  const { process: child, finished } = project.start(["eval", "note/write", "--concurrency", "1"]);
  const journal = join(project.folder, ".baton/evals/journal.jsonl");
  while (callsOf(project) <= calls + 3) await new Promise((again) => setTimeout(again, 20));
  child.kill("SIGKILL");
  await finished;
  const done = readFileSync(journal, "utf8").split("\n").length - 2;
  expect(statSync(journal).size).toBeGreaterThan(0);
  const before = callsOf(project);
  await rm(join(project.folder, "slow"));
  const resumed = await project.baton(["eval", "note/write", "--resume", "--json"]);
  expect(callsOf(project) - before).toBe(12 - done);
  const [left, right] = [JSON.parse(resumed.stdout), JSON.parse(whole.stdout)];
  expect(done).toBeGreaterThan(0);
  expect(left.suites).toEqual(right.suites);
  expect(resumed.code).toBe(whole.code);
});

test("reports for CI servers and reviewers are written where they are asked for", async () => {
  const project = await makeEvalProject(3);
  await change(project, "Use short words.", "Write as you like.");
  const flags = ["--junit", "evals.xml", "--markdown", "evals.md"];
  const { code, stderr } = await project.baton(["eval", "note/write", ...flags], { env: { GITHUB_ACTIONS: "true" } });
  expect(code).toBe(1);
  const junit = await readFile(join(project.folder, "evals.xml"), "utf8");
  expect(junit).toContain('<testsuite name="note/write" tests="3" failures="1" errors="0"');
  expect(junit).toContain('<testcase classname="note/write" name="topic-0"');
  const markdown = await readFile(join(project.folder, "evals.md"), "utf8");
  expect(markdown).toContain("### ❌ Prompt evals: regression");
  expect(stderr).toContain("::error file=prompts/note/write.prompt,line=1,title=note/write%3A regression::");
});

test.for([
  {
    name: "an unknown scorer",
    suite: "cases: [{ input: { topic: a, tone: dry } }]\nscorers: [magic]\n",
    says: "There is no scorer `magic`. (prompts/note/write.eval.yaml:2:11)",
    code: 78,
  },
  {
    name: "a case that does not fit the prompt",
    suite: "cases: [{ id: odd, input: { topic: 7, tone: dry } }]\nscorers: [exact]\n",
    says: "Case `odd` of suite `note/write` does not fit",
    code: 78,
  },
  {
    name: "an unknown key",
    suite: "cases: []\nscorers: [exact]\nmodel: x\n",
    says: "does not know the key `model`",
    code: 78,
  },
  { name: "no cases", suite: "cases: []\nscorers: [exact]\n", says: "has no cases", code: 78 },
  {
    name: "a name that stands twice",
    suite: "cases: [{ id: a, input: {} }, { id: a, input: {} }]\nscorers: [exact]\n",
    says: "two cases with the id `a`",
    code: 78,
  },
])("$name is refused with its place, before any call", async ({ suite, says, code }) => {
  const project = await makeEvalProject(1);
  await writeFile(join(project.folder, "prompts/note/write.eval.yaml"), suite);
  const result = await project.baton(["eval", "note/write"]);
  expect(result.stderr.replaceAll(/\s+/gu, " ")).toContain(says);
  expect(result.stderr).not.toContain("    at ");
  expect(result.code).toBe(code);
  expect(callsOf(project)).toBe(0);
});

test("an unknown suite and a journal of another plan are refused", async () => {
  const project = await makeEvalProject(2);
  expect(await project.baton(["eval", "nothing"])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("There is no suite `nothing`"),
  });
  await project.baton(["eval", "note/write"]);
  await change(project, "Use short words.", "Other words.");
  const other = await project.baton(["eval", "note/write", "--resume"]);
  expect(other.stderr).toContain("eval-journal-unusable");
});

test("suites in TypeScript score with functions of their own", async () => {
  const project = await makeEvalProject(1);
  await writeFile(
    join(project.folder, "prompts/code.eval.ts"),
    `import { defineEval } from "batonjs/evals";
export const code = defineEval({
  name: "code", prompt: "note/write", repeats: 2,
  cases: [{ input: { topic: "topic 1", tone: "dry" } }, { input: { topic: "topic 2", tone: "dry" } }],
  scorers: [function short({ output }: { output: unknown }) { return { score: String(output).length < 20, reason: "long" }; }, { cost: { tokens: 20 } }],
});
`,
  );
  const { code, stdout } = await project.baton(["eval", "code", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).suites[0]).toMatchObject({
    name: "code",
    file: "prompts/code.eval.ts",
    totals: { cases: 2, cells: 4, scores: { short: 1, cost: 1 } },
  });
});

test("once the tokens of the budget are spent nothing more is begun, and the verdict is partial", async () => {
  const project = await makeEvalProject(12);
  const flags = ["--budget-tokens", "45", "--concurrency", "1", "--json"];
  const { code, stdout } = await project.baton(["eval", "note/write", ...flags]);
  expect([code, JSON.parse(stdout).verdict]).toEqual([2, "partial"]);
  // Each call takes fifteen tokens.
  expect(callsOf(project)).toBe(3);
});
