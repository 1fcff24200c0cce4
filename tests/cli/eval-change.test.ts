import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { callsIn, makeTwoAgents, reword } from "./eval-two-agents.ts";

test("of two changed prompts the one that moved the score is named, and a page shows it beside the change", async () => {
  const project = await makeTwoAgents();
  await reword(project, "prompts/find.prompt", ["Be exact.", "Be quick."]);
  await reword(project, "prompts/write.prompt", ["Write on", "Please write on"]);
  const flags = ["--baseline", "v1", "--attribute", "--html", "evals.html", "--json"];
  const { code, stdout } = await project.baton(["eval", "whole", ...flags]);
  expect(JSON.parse(stdout)).toMatchObject({
    suites: [{ name: "whole" }],
    comparison: {
      effects: [
        { prompt: "find", scorer: "found", estimate: -1 },
        { prompt: "find", scorer: "words", estimate: 0 },
        { prompt: "write", scorer: "found", estimate: 0 },
        { prompt: "write", scorer: "words", estimate: 0 },
      ],
    },
  });
  expect(code).toBe(2);
  // Both sides, and each prompt alone; what the baseline answered is read back.
  expect(callsIn(project)).toHaveLength(2 * (2 + 2));
  const page = await readFile(join(project.folder, "evals.html"), "utf8");
  expect(page).toContain('<span class="del">-Be exact.</span>');
  expect(page).toContain('<span class="add">+Be quick.</span>');
  expect(page).toContain("tea is vague, short &#60;b&#62;bold&#60;/b&#62;");
  expect(page).toMatch(/1 case: 1 worse, 0 better/u);
  // Nothing is loaded and nothing is run.
  expect(page).toMatch(/default-src &#39;none&#39;; style-src &#39;sha256-/u);
  expect(page).not.toMatch(/<script|<link|<img|src=|https?:/u);
});

test("a changed judge alone selects its suites, and its scores are not compared with earlier ones", async () => {
  const project = await makeTwoAgents();
  await reword(project, "prompts/grade.prompt", ["{{json criterion}}", "Judge hard. {{json criterion}}"]);
  const explained = await project.baton(["eval", "--baseline", "v1", "--explain"]);
  expect(explained.stdout).toMatch(/^grade\.prompt → prompt grade \(closure .+\) → its judge → suite judged$/mu);
  const { code, stdout, stderr } = await project.baton(["eval", "--baseline", "v1", "--changed", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    suites: [{ name: "judged", totals: { scores: { "judge: It is exact.": 0.5 }, modelCalls: 2, inputTokens: 20 } }],
    comparison: { unchanged: ["whole"], alone: { judged: expect.stringContaining("not comparable") } },
  });
  expect(stderr).toContain("judged is judged by itself: its judge `grade` changed");
  expect(code).toBe(0);
});

test("changed cases are run although no prompt differs, and are not compared", async () => {
  const project = await makeTwoAgents();
  await reword(project, "evals/judged.eval.yaml", ["topic: oak", "topic: ash"]);
  const { stdout } = await project.baton(["eval", "--baseline", "v1", "--changed", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    suites: [{ name: "judged" }],
    comparison: { alone: { judged: "`evals/judged.eval.yaml` changed, so earlier scores are not comparable." } },
  });
});

test("what a run takes is said before, and a ceiling in dollars needs a price", async () => {
  const project = await makeTwoAgents();
  const refused = await project.baton(["eval", "judged", "--budget-usd", "1"]);
  expect(refused).toMatchObject({ code: 64, stderr: expect.stringContaining("No price is known for `test/obedient`") });
  await reword(project, "baton.config.ts", [
    "], model }",
    '], model, prices: { "test/obedient": { input: 1000, output: 1000 } } }',
  ]);
  const { stdout, stderr, code } = await project.baton([
    "eval",
    "whole",
    "judged",
    "--budget-usd",
    "0.05",
    "--concurrency",
    "1",
    "--json",
  ]);
  // One execution of the agent with its judge takes 30 tokens at $0.001 each, so the next is not begun.
  expect(stderr).toMatch(
    /^Estimate: 2 executions to make; about \d+ tokens of input \(\$[\d.]+\), and on top answers, judges, 1 execution of unknown size$/mu,
  );
  expect(JSON.parse(stdout)).toMatchObject({ verdict: "partial" });
  expect(code).toBe(2);
});

test("the line that GitHub marks is the one that changed", async () => {
  const project = await makeTwoAgents();
  await reword(project, "prompts/find.prompt", ["Be exact.", "Be quick."]);
  const { stderr } = await project.baton(["eval", "whole", "--baseline", "v1"], { env: { GITHUB_ACTIONS: "true" } });
  const lines = (await readFile(join(project.folder, "prompts/find.prompt"), "utf8")).split("\n");
  expect(stderr).toContain(`file=prompts/find.prompt,line=${lines.indexOf("Be quick.") + 1},title=whole`);
});

test("a project without suites is told so, and is not green", async () => {
  const project = await makeTwoAgents();
  await rm(join(project.folder, "evals"), { recursive: true });
  const { code, stdout } = await project.baton(["eval"]);
  expect([code, stdout]).toEqual([2, expect.stringContaining("There are no suites here, so nothing was judged")]);
});
