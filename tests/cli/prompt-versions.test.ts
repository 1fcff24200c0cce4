import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { blobId } from "../../prompts/blob.ts";
import { commit, git, makePromptProject, WRITE } from "./prompt-project.ts";
import { makeProject, type Project } from "./project.ts";

/** The agent asks a person before and after it writes: between the two the run waits, with a node still to come. */
const CONFIG = `import { END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, node, offline, sqlite, workflow } from "batonjs";
import { z } from "zod";

const Note = new StateSchema({
  topic: z.string(),
  tone: z.enum(["dry", "warm"]),
  go: z.boolean().default(false),
  first: z.string().default(""),
  second: z.string().default(""),
});
const graph = new StateGraph(Note)
  .addNode("draft", agent(Note, { prompt: "note/write", reads: ["topic", "tone"], writes: ["first"] }))
  .addNode("ask", node(Note, { reads: [], writes: ["go"] }, () => ({ go: interrupt("Go on?") })))
  .addNode("final", agent(Note, { prompt: "note/write", reads: ["topic", "tone"], writes: ["second"] }))
  .addEdge(START, "draft")
  .addEdge("draft", "ask")
  .addEdge("ask", "final")
  .addEdge("final", END);
const seams = { model: offline(), store: sqlite(), session: sqlite(), vector: sqlite() };
export default defineConfig({ workflows: [workflow({ id: "note", graph })], ...seams });
`;

const INPUT = ["--input", '{"topic":"tea","tone":"dry"}'];

async function waitingRun(project: Project, ...more: readonly string[]): Promise<void> {
  const started = await project.baton(["run", "note", "--run-id", "r1", ...INPUT, ...more]);
  expect(started.code, started.stderr).toBe(2);
}

function blobOf(text: string): string {
  return blobId(Buffer.from(text));
}

async function edit(project: Project, text: string): Promise<void> {
  await writeFile(join(project.folder, "prompts/note/write.prompt"), text);
}

describe("a prompt that is edited while a run waits", () => {
  test("changes nothing for the run, `show` says so, and its text can be printed later though it was never committed", async () => {
    const project = await makePromptProject({ "baton.config.ts": CONFIG });
    await edit(project, `${WRITE}Written before the run.\n`);
    const blob = blobOf(`${WRITE}Written before the run.\n`);
    await waitingRun(project);
    await edit(project, `${WRITE}Written while it waited.\n`);

    const resumed = await project.baton(["resume", "r1", "--answer", "true"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const shown = await project.baton(["show", "r1"]);
    expect(shown.stdout).toContain(
      `prompts   note/write@${blob.slice(0, 12)} (used in steps 1, 3; not committed; its files have changed since, the run keeps this text)`,
    );
    const printed = await project.baton(["prompts", "show", `note/write@blob:${blob}`]);
    expect(printed).toMatchObject({ code: 0, stdout: `${WRITE}Written before the run.\n` });
  });

  test("is used from then on when it is asked for, which is recorded with who and why", async () => {
    const project = await makePromptProject({ "baton.config.ts": CONFIG });
    const old = blobOf(WRITE);
    await waitingRun(project);
    await edit(project, `${WRITE}Fixed.\n`);
    git(project, "checkout", "-q", "-b", "fix");
    commit(project, "Fix the note");
    const fixed = blobOf(`${WRITE}Fixed.\n`);

    const choice = ["--prompt", "note/write=@fix", "--by", "ann", "--reason", "it rambled"];
    const resumed = await project.baton(["resume", "r1", "--answer", "true", ...choice]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const { stdout } = await project.baton(["show", "r1"]);
    expect(stdout).toContain(`prompts   note/write@${old.slice(0, 12)} (used in step 1; replaced since)`);
    expect(stdout).toContain(
      `note/write@${fixed.slice(0, 12)} (used in step 3; asked for as note/write@fix by ann: it rambled)`,
    );
    const { events } = JSON.parse((await project.baton(["show", "r1", "--json"])).stdout) as { events: unknown };
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "prompt_overridden",
        name: "note/write",
        wanted: "note/write@fix",
        from: `note/write@${old}`,
        to: `note/write@${fixed}`,
        by: "ann",
        reason: "it rambled",
      }),
    );
  });
});

test("a text that only an earlier run has can be used again", async () => {
  const project = await makePromptProject({ "baton.config.ts": CONFIG });
  await edit(project, `${WRITE}Never committed.\n`);
  const blob = blobOf(`${WRITE}Never committed.\n`);
  await waitingRun(project);
  await edit(project, WRITE);
  const again = await project.baton(["run", "note", "--run-id", "r2", ...INPUT, "--prompt", `note/write=@${blob}`]);
  expect(again.code, again.stderr).toBe(2);
  expect((await project.baton(["show", "r2"])).stdout).toContain(`note/write@${blob.slice(0, 12)} (used in step 1`);
});

describe("a run with the version of a tag", () => {
  test("uses it and says so; versions that are none are refused before anything starts", async () => {
    const project = await makePromptProject({ "baton.config.ts": CONFIG });
    const v1 = blobOf(WRITE);
    await edit(project, `{{broken`);
    await waitingRun(project, "--prompt", "note/write=@v1");
    const { stdout } = await project.baton(["show", "r1"]);
    expect(stdout).toContain(`note/write@${v1.slice(0, 12)} (used in step 1; asked for as note/write@v1)`);
    const rows: readonly (readonly [flags: readonly string[], code: number, message: string])[] = [
      [["--prompt", "note/write=v1"], 64, "is not written as `<name>=@<ref>`"],
      [["--prompt", "note/write=@v1", "--prompt", "baton/judge"], 78, "does not use the prompt `baton/judge`"],
    ];
    for (const [flags, code, message] of rows) {
      const refused = await project.baton(["run", "note", "--run-id", "r2", ...INPUT, ...flags]);
      expect(refused, flags.join(" ")).toMatchObject({ code, stdout: "" });
      expect(refused.stderr).toContain(message);
    }
  });
});

describe("a container without Git and without prompt files", () => {
  test("runs, resumes, goes back to a tag and prints texts from the bundle alone", async () => {
    const project = await makePromptProject({ "baton.config.ts": CONFIG });
    const v1 = blobOf(WRITE);
    await edit(project, `${WRITE}Second version.\n`);
    commit(project, "Write more");
    const v2 = blobOf(`${WRITE}Second version.\n`);
    const bundled = await project.baton(["prompts", "bundle"]);
    expect(bundled).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Wrote prompts.bundle.json: 1 prompt of commit [0-9a-f]{8}, \d+ KiB\nTags: v1\n$/u,
      ),
    });

    const container = await makeProject({});
    for (const file of ["baton.config.ts", "prompts.bundle.json"])
      await cp(join(project.folder, file), join(container.folder, file));
    const env = { NODE_ENV: "production" };
    const started = await container.baton(["run", "note", "--run-id", "r1", ...INPUT], { env });
    expect(started.code, started.stderr).toBe(2);
    expect(started.stderr).toMatch(/prompts: prompts.bundle.json \(commit [0-9a-f]{8}\)/u);

    const listed = await container.baton(["prompts", "list"], { env });
    expect(listed.stderr).toMatch(/^Prompts of prompts.bundle.json \(commit [0-9a-f]{8}\): the bundle stands before/u);

    const log = await container.baton(["prompts", "log", "note/write"], { env });
    expect(log.stdout.split("\n").map((line) => line.split(/ {2,}/u))).toEqual([
      ["COMMIT", "CLOSURE", "TAGS"],
      [expect.stringMatching(/^[0-9a-f]{8}$/u), expect.stringMatching(/^[0-9a-f]{8}$/u)],
      [expect.stringMatching(/^[0-9a-f]{8}$/u), expect.stringMatching(/^[0-9a-f]{8}$/u), "v1"],
      [""],
    ]);
    expect(log.stderr).toContain("the history is in a clone of the repository");
    expect((await container.baton(["prompts", "log", "nope"], { env })).stderr).toContain(
      "Prompt `nope` does not exist",
    );

    // A newer bundle is deployed while the run waits.
    await edit(project, `${WRITE}Third version.\n`);
    commit(project, "Write still more");
    await project.baton(["prompts", "bundle", "--out", join(container.folder, "prompts.bundle.json")]);
    expect((await container.baton(["resume", "r1", "--answer", "true"], { env })).code).toBe(0);
    expect((await container.baton(["show", "r1"])).stdout).toContain(
      `note/write@${v2.slice(0, 12)} (used in steps 1, 3; its files have changed since, the run keeps this text)`,
    );
    expect((await container.baton(["prompts", "show", `note/write@blob:${v2}`])).stdout).toBe(
      `${WRITE}Second version.\n`,
    );
    expect((await container.baton(["prompts", "show", "note/write@v1"])).stdout).toBe(WRITE);

    const old = await container.baton(["run", "note", "--run-id", "r2", ...INPUT, "--prompt", "note/write=@v1"], {
      env,
    });
    expect(old.code, old.stderr).toBe(2);
    expect((await container.baton(["show", "r2"])).stdout).toContain(`note/write@${v1.slice(0, 12)} (used in step 1`);

    const file = join(container.folder, "prompts.bundle.json");
    await writeFile(file, (await readFile(file, "utf8")).replace("Third version", "Hacked version"));
    const damaged = await container.baton(["run", "note", ...INPUT], { env });
    expect(damaged).toMatchObject({ code: 78, stderr: expect.stringContaining("not the one its blob id") });
  });
});
