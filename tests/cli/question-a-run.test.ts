import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, node, workflow } from "batonjs";
import { scripted, type ScriptedAnswer } from "batonjs/testing";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

import { configure as diff } from "../../cli/commands/diff.ts";
import { configure as report } from "../../cli/commands/report.ts";
import { configure as show } from "../../cli/commands/show.ts";
import { openBaton, temporaryFolder } from "../support/baton.ts";
import { runCommand } from "../support/command.ts";

const Note = new StateSchema({
  topic: z.string(),
  facts: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
  draft: z.string().default(""),
  ok: z.string().default(""),
});
const PROMPT =
  '---\ninput:\n  schema:\n    topic: string\n    facts(array): string\n---\n{{role "user"}}\nWrite about {{topic}}.\n{{#each facts}}{{this}}{{/each}}\n';
const collect = node(Note, { reads: ["topic"], writes: ["facts"] }, ({ topic }) => ({ facts: [`${topic} is old`] }));
const writer = agent(Note, { prompt: "write", reads: ["topic", "facts"], writes: ["draft"] });
const note = workflow({
  id: "note",
  graph: new StateGraph(Note)
    .addNode("collect", collect)
    .addNode("writer", writer)
    .addNode("ask", () => ({ ok: String(interrupt("Right?")) }))
    .addEdge(START, "collect")
    .addEdge("collect", "writer")
    .addEdge("writer", "ask"),
});

const EVIL = "<script>alert(1)</script>\u001B[31m ![x](http://evil.example/x.png)";

async function project(script: readonly ScriptedAnswer[]) {
  const folder = await temporaryFolder("question");
  await writeFile(join(folder, "baton.config.ts"), "export default { workflows: [] };\n");
  const model = scripted(script);
  const baton = await openBaton({ workflows: [note], model, prompts: { write: PROMPT }, folder });
  async function run(id: string, topic: string) {
    const waiting = await (await baton.start("note", { topic }, { runId: id as never })).result();
    return await (await baton.resume(waiting.runId, { answer: "yes", by: "ann" })).result();
  }
  return { folder, baton, run };
}

describe("baton show --step", () => {
  it("prints what a step changed and by whom", async () => {
    const { folder, run } = await project([{ answer: { draft: "Tea\nis old." } }]);
    await run("r1", "tea");
    const { stdout } = await runCommand(show, ["r1", "--step", "2"], { folder });
    expect(stdout).toMatchInlineSnapshot(`
      "step 2  writer (agent)
        draft
          + Tea
          + is old."
    `);
    const json = await runCommand(show, ["r1", "--step", "1", "--json"], { folder });
    expect(json.documents).toMatchObject([
      {
        runId: "r1",
        step: 1,
        changes: [
          { writer: { node: "collect", kind: "step" }, changes: [{ field: "facts", written: [["tea is old"]] }] },
        ],
      },
    ]);
    await expect(runCommand(show, ["r1", "--step", "9"], { folder })).rejects.toMatchObject({
      code: "step-out-of-range",
    });
    await expect(runCommand(show, ["r1", "--step", "1", "--follow"], { folder })).rejects.toMatchObject({
      code: "bad-usage",
    });
  });
});

test("why adds up what all calls of a write took, what the provider had cached too", async () => {
  const { baton, run } = await project([
    { answer: "no JSON", usage: { inputTokens: 100, outputTokens: 7, cachedInputTokens: 60 } },
    { answer: { draft: "Tea." }, usage: { inputTokens: 120, outputTokens: 5, cachedInputTokens: 90 } },
  ]);
  await run("cached", "tea");
  expect(await baton.why("cached" as never, "draft")).toMatchObject({
    usage: { inputTokens: 220, outputTokens: 12, cachedInputTokens: 150 },
  });
});

describe("baton show --follow", () => {
  it("shows a run until it rests, from any event on, and ends with the code of its status", async () => {
    const { folder, baton } = await project([{ answer: { draft: "Tea." } }]);
    const handle = await baton.start("note", { topic: "tea" }, { runId: "r1" as never });
    const following = await runCommand(show, ["r1", "--follow", "--json"], { folder });
    await handle.result();
    expect(following.exitCode).toBe(2);
    const [document] = following.documents as [{ status: string; events: { seq: number; type: string }[] }];
    expect(document.status).toBe("interrupted");
    expect(document.events.map(({ seq }) => seq)).toEqual(document.events.map((_, index) => index + 1));
    expect(document.events.at(-1)?.type).toBe("run_interrupted");
    const later = await runCommand(show, ["r1", "--follow", "--after", "3", "--json"], { folder });
    expect(later.documents).toMatchObject([{ events: document.events.slice(3) }]);
  });
});

describe("baton diff", () => {
  it.each([
    ["another input", ["tea", "jam"], ["A.", "A."], "in their input"],
    ["another answer of the model", ["tea", "tea"], ["A.", "B."], "in node writer"],
  ])("names the first step that differs by %s", async (_case, topics, drafts, place) => {
    const { folder, run } = await project(drafts.map((draft) => ({ answer: { draft } })));
    await run("r1", topics[0] ?? "");
    await run("r2", topics[1] ?? "");
    const { stdout } = await runCommand(diff, ["r1", "r2"], { folder });
    expect(stdout.split("\n")[0]).toContain(place);
    const { documents } = await runCommand(diff, ["r1", "r2", "--json"], { folder });
    expect(documents).toMatchObject([{ runs: ["r1", "r2"], reasons: [expect.anything()] }]);
  });

  it("says when two runs wrote the same, and refuses a run that there is not", async () => {
    const { folder, run } = await project([{ answer: { draft: "A." }, times: 2 }]);
    await run("r1", "tea");
    await run("r2", "tea");
    expect((await runCommand(diff, ["r1", "r2"], { folder })).stdout).toBe("r1 and r2 wrote the same.");
    await expect(runCommand(diff, ["r1", "r9"], { folder })).rejects.toMatchObject({ code: "unknown-run" });
  });
});

describe("baton report", () => {
  it("S17: writes one page that needs nothing else, with what the model said as text", async () => {
    const { folder, run } = await project([{ answer: { draft: EVIL } }]);
    await run("r1", "tea");
    const { documents } = await runCommand(report, ["r1", "--json"], { folder });
    expect(documents).toMatchObject([{ runId: "r1", format: "html", file: expect.stringMatching(/r1\.html$/u) }]);
    const page = await readFile(join(folder, "r1.html"), "utf8");
    expect(page).not.toContain("<script>alert");
    expect(page).toContain("&#60;script&#62;alert(1)");
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//u);
    expect(page).toContain("Content-Security-Policy");
  });

  it("S17: prints Markdown in which what the model said stands in code blocks only", async () => {
    const { folder, run } = await project([{ answer: { draft: `${EVIL}\n\`\`\`\n# Owned` } }]);
    await run("r1", "tea");
    const { stdout } = await runCommand(report, ["r1", "--format", "markdown"], { folder });
    const outside = stdout.replace(/^(`{3,})text\n[\s\S]*?^\1$/gmu, "");
    expect(outside).toContain("# note: completed");
    // What the run came to stands before what it was given.
    expect([...outside.matchAll(/^### `(\w+)`$/gmu)].map(([, field]) => field)).toEqual([
      "ok",
      "draft",
      "facts",
      "topic",
    ]);
    expect(outside).not.toContain("evil.example");
    expect(outside).not.toContain("# Owned");
    expect(stdout).not.toContain("\u001B");
  });

  test("refuses a format it does not know and a folder that is not there", async () => {
    const { folder, run } = await project([{ answer: { draft: "A." } }]);
    await run("r1", "tea");
    await expect(runCommand(report, ["r1", "--format", "pdf"], { folder })).rejects.toMatchObject({
      code: "bad-usage",
    });
    await expect(runCommand(report, ["r1", "--out", "no/such/r.html"], { folder })).rejects.toMatchObject({
      code: "bad-usage",
    });
  });
});
