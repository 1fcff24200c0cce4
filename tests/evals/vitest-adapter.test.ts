import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { afterAll, expect, test } from "vitest";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "baton-vitest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILE = `import { defineEval } from "batonjs/evals";
import { describeEval } from "batonjs/evals/vitest";

let calls = 0;
const model = {
  ref: "test/echo", settings: {}, check() {}, probe: async () => "answers",
  async generate({ input }) {
    calls += 1;
    if (input.topic === "down") throw new TypeError("broken target");
    const answer = input.topic === "flaky" && calls % 2 === 0 ? "nothing" : input.topic;
    return { text: JSON.stringify({ answer }), finish: "stop", usage: { inputTokens: 1, outputTokens: 1 }, model: "echo" };
  },
};
const suite = defineEval({
  name: "says", prompt: "say", repeats: 2, passAt: 0.9,
  cases: ["tea", "flaky", "down"].map((topic) => ({ id: topic, input: { topic }, expected: topic })),
  scorers: ["exact"],
});
describeEval(suite, { model, prompts: import.meta.dirname + "/prompts" });
`;

test("each case of a suite is a vitest test, which fails by its mean and says why", () => {
  mkdirSync(join(folder, "prompts"));
  writeFileSync(join(folder, "prompts/say.prompt"), "---\ninput:\n  schema:\n    topic: string\n---\nSay {{topic}}.\n");
  writeFileSync(join(folder, "says.test.js"), FILE);
  writeFileSync(
    join(folder, "vitest.config.js"),
    `export default { resolve: { alias: [
  { find: /^batonjs\\/evals$/, replacement: ${JSON.stringify(join(REPOSITORY, "dist/evals/public.js"))} },
  { find: /^batonjs\\/evals\\/vitest$/, replacement: ${JSON.stringify(join(REPOSITORY, "dist/evals/vitest.js"))} },
] } };`,
  );
  const report = join(folder, "report.json");
  const { VITEST: _v, VITEST_WORKER_ID: _w, VITEST_POOL_ID: _p, ...env } = process.env;
  const vitest = join(REPOSITORY, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--reporter=json", `--outputFile=${report}`];
  const { stderr, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", env, cwd: folder });
  const { testResults } = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { testResults: [] };
  const cases = testResults.flatMap(({ assertionResults }: { assertionResults: readonly VitestCase[] }) =>
    assertionResults.map(({ fullName, status, failureMessages }) => [fullName, status, failureMessages.join("\n")]),
  );
  expect(cases, stdout + stderr).toEqual([
    ["says tea", "passed", ""],
    [
      "says flaky",
      "failed",
      expect.stringMatching(
        /exact: Expected `flaky`, got `nothing`\.[\s\S]*expected 0\.5 to be greater than or equal to 0\.9/u,
      ),
    ],
    ["says down", "failed", expect.stringContaining("defect: broken target")],
  ]);
});

interface VitestCase {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}
