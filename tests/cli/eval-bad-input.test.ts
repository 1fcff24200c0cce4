import { execFileSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openaiServer } from "../../testing/openai-server.ts";
import { makePromptProject } from "./prompt-project.ts";
import type { Project } from "./project.ts";

const CONFIG = `import { defineConfig, openai } from "batonjs";
export default defineConfig({ workflows: [], model: openai("test-model", { retry: { maxAttempts: 1 } }) });
`;
const CASES = `cases:
${Array.from({ length: 8 }, (_, at) => `  - { id: "c${at}", input: { topic: "t${at}", tone: dry } }`).join("\n")}
`;
const SUITE = `${CASES}scorers: [{ contains: { text: short } }]\n`;

const reply = { kind: "completion", content: { answer: "short" } } as const;

const makeKeyed = async (files: Readonly<Record<string, string>> = {}): Promise<Project> =>
  await makePromptProject({ "baton.config.ts": CONFIG, "prompts/note/write.eval.yaml": SUITE, ...files });

test("without a key nothing is asked", async () => {
  const project = await makeKeyed();
  const { code, stderr } = await project.baton(["eval"]);
  expect(code).toBe(78);
  expect(stderr).toContain("OPENAI_API_KEY");
});

test("a key that the provider refuses is asked for five times and no more, and a resume asks again", async () => {
  const project = await makeKeyed();
  const refusal = {
    kind: "raw",
    status: 401,
    body: { error: { message: "Incorrect API key", code: "invalid_api_key" } },
  } as const;
  await using server = await openaiServer([
    ...Array.from({ length: 5 }, () => refusal),
    ...Array.from({ length: 8 }, () => reply),
  ]);
  const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "sk-refused-0123456789abcdef" };
  const { code, stderr } = await project.baton(["eval", "--concurrency", "1"], { env });
  expect(code).toBe(69);
  expect(stderr).toContain("refused five calls in a row");
  expect(stderr).not.toContain("sk-refused");
  expect(server.requests).toHaveLength(5);
  // With a key that is right, what was refused is asked for again.
  const right = { ...env, OPENAI_API_KEY: "sk-right-0123456789abcdef" };
  const resumed = await project.baton(["eval", "--resume", "--json"], { env: right });
  expect([resumed.code, JSON.parse(resumed.stdout).totals]).toMatchObject([0, { cases: 8, passed: 8, errors: 0 }]);
});

test("a shallow clone without the baseline is told how to fetch it", async () => {
  const project = await makeKeyed();
  const clone = join(project.folder, "clone");
  const git = (...args: readonly string[]): void => void execFileSync("git", args, { stdio: "ignore" });
  await writeFile(join(project.folder, "other.txt"), "more\n");
  git(
    "-C",
    project.folder,
    "-c",
    "user.name=T",
    "-c",
    "user.email=t@example.com",
    "commit",
    "-q",
    "--allow-empty",
    "-m",
    "More",
  );
  git("clone", "-q", "--depth", "1", `file://${project.folder}`, clone);
  await symlink(join(project.folder, "node_modules"), join(clone, "node_modules"));
  const env = { OPENAI_API_KEY: "none" };
  const { code, stderr } = await project.baton(["eval", "--baseline", "v1", "--changed"], { cwd: clone, env });
  expect(code).toBe(64);
  expect(stderr.replaceAll(/\s+/gu, " ")).toContain(
    "This clone is shallow: run `git fetch --unshallow --tags`, or give actions/checkout `fetch-depth: 0`",
  );
  // What `$(git merge-base …)` leaves in such a clone.
  const empty = await project.baton(["eval", "--baseline", "", "--changed"], { cwd: clone, env });
  expect([empty.code, empty.stderr]).toEqual([64, expect.stringContaining("git fetch --unshallow")]);
});

test("two suites of one name are refused with both their files", async () => {
  const project = await makeKeyed({ "evals/note/write.eval.yaml": `prompt: note/write\n${SUITE}` });
  const { code, stderr } = await project.baton(["eval"], { env: { OPENAI_API_KEY: "none" } });
  expect(code).toBe(78);
  expect(stderr).toContain(
    "Two suites are called `note/write`: `prompts/note/write.eval.yaml` and `evals/note/write.eval.yaml`.",
  );
});

test("a full disk ends the run with what to do, and without a result that was not written", async () => {
  const project = await makeKeyed();
  await mkdir(join(project.folder, ".baton/evals"), { recursive: true });
  // Takes nothing, as a full disk does.
  await symlink("/dev/full", join(project.folder, ".baton/evals/journal.jsonl"));
  const { code, stdout, stderr } = await project.baton(["eval"], { env: { OPENAI_API_KEY: "none" } });
  expect(code).toBe(75);
  expect(stderr).toContain("no space left on device");
  expect(stderr).toContain("Free the disk");
  expect(stdout).toBe("");
});

test("a missing cassette and a stale one are said, with the prompt whose text changed, and are never scores", async () => {
  const project = await makeKeyed();
  const missing = await project.baton(["eval", "--cassettes", "replay", "--json"]);
  expect([missing.code, JSON.parse(missing.stdout)]).toMatchObject([
    2,
    { verdict: "inconclusive", totals: { passed: 0, failed: 0, errors: 8 } },
  ]);
  expect((await project.baton(["eval", "--cassettes", "replay"])).stdout).toContain(
    "There is no cassette `evals/cassettes/note/write/c0.jsonl`; record it with --cassettes record.",
  );
  await using server = await openaiServer(Array.from({ length: 8 }, () => reply));
  const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "sk-canary-0123456789abcdef" };
  expect((await project.baton(["eval", "--cassettes", "record"], { env })).code).toBe(0);
  await server.close();
  const replayed = await project.baton(["eval", "--cassettes", "replay", "--json"]);
  expect([replayed.code, JSON.parse(replayed.stdout).totals.passed]).toEqual([0, 8]);
  expect(await readFile(join(project.folder, "evals/cassettes/note/write/c0.jsonl"), "utf8")).not.toContain("canary");
  await writeFile(join(project.folder, "prompts/_style.prompt"), "Use long words.\n");
  const stale = await project.baton(["eval", "--cassettes", "replay"]);
  expect(stale.code).toBe(2);
  expect(stale.stdout).toMatch(
    /is stale for `note\/write`: closure [0-9a-f]{8} → [0-9a-f]{8}; record it with --cassettes refresh/u,
  );
});

test("S09: an evil pattern ends as an error of its case, and the suite goes on", async () => {
  const project = await makeKeyed({
    "prompts/note/write.eval.yaml": `${CASES}scorers:\n  - regex: { pattern: '^(\\w+\\s?)+!$' }\n`,
  });
  const answers = [`${"short ".repeat(12)}?`, ...Array.from({ length: 7 }, () => "short!")];
  await using server = await openaiServer(
    answers.map((answer) => ({ kind: "completion", content: { answer } }) as const),
  );
  const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "none" };
  const { code, stdout } = await project.baton(["eval", "--concurrency", "1", "--json"], { env });
  expect(JSON.parse(stdout)).toMatchObject({ totals: { passed: 7, failed: 0, errors: 1 } });
  expect(code).toBe(1);
});
