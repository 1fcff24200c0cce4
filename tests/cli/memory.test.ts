import { afterAll, expect, test } from "vitest";

import { createTestRedis } from "../support/redis.ts";
import { makeProject, type Project } from "./project.ts";

const redis = createTestRedis();
afterAll(redis.clear);

const CONFIG = `
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { agent, defineConfig, node, redis, workflow } from "batonjs";
import { z } from "zod";

const Chat = new StateSchema({ question: z.string(), notes: z.array(z.string()).default([]), answer: z.string().default("") });
const keep = node(Chat, { reads: ["question"], writes: [] }, async ({ question }, { memory, run }) => {
  const item = (id, text) => ({ id, text, group: "g", order: 0, time: Date.parse("2026-03-02"), meta: {} });
  await memory.remember("session", [item(run.id + ":q", question)]);
  await memory.remember("vector", [item("resume", "A killed run is resumed with baton resume."), item("cats", "Cats sleep.")]);
  return {};
});
const memory = { layers: ["context", "session", "vector"], mode: "balanced", remember: "session" };
const writer = agent(Chat, { prompt: "write", reads: ["question", "notes"], writes: ["answer"], memory });
const graph = new StateGraph(Chat)
  .addNode("keep", keep)
  .addNode("writer", writer)
  .addEdge(START, "keep")
  .addEdge("keep", "writer")
  .addEdge("writer", END);
const url = process.env.APP_REDIS;
export default defineConfig({
  workflows: [workflow({ id: "chat", graph })],
  ...(url === undefined ? {} : { session: redis({ url, prefix: process.env.APP_PREFIX, commandMs: 10_000 }) }),
});
`;
const PROMPT =
  '---\ninput:\n  schema:\n    question: string\n    notes(array): string\n---\n{{role "user"}}\n{{question}}\n{{#each notes}}{{this}}{{/each}}\n{{recalled}}\n';

async function chat(): Promise<Project> {
  return await makeProject({ "baton.config.ts": CONFIG, "prompts/write.prompt": PROMPT });
}

const QUESTION = "My run was killed at step 14 this morning.";
const ON_REDIS = { env: { APP_REDIS: redis.url, APP_PREFIX: redis.prefix } };

test.each([
  { place: "the file", call: {} },
  { place: "Redis", call: ON_REDIS },
])("lists, recalls, routes and purges what a run remembered, with sessions in $place", async ({ call }) => {
  const { baton } = await chat();
  const json = async (...args: readonly string[]) =>
    JSON.parse((await baton([...args, "--json"], call)).stdout) as Record<string, unknown>;
  const run = await json(
    "run",
    "chat",
    "--run-id",
    "r1",
    "--session",
    "ada",
    "--input",
    JSON.stringify({ question: QUESTION }),
  );
  expect(run).toMatchObject({ status: "completed" });

  expect(await json("memory", "list")).toEqual({ sessions: ["ada"], namespaces: ["chat"] });
  const listed = await baton(["memory", "list", "--session", "ada"], call);
  expect(listed.stdout).toContain(`2026-03-02T00:00  r1:q  by keep in r1, unreviewed\n  ${QUESTION}\n`);

  const found = await baton(["memory", "recall", "killed run", "--session", "ada", "--limit", "2"], call);
  expect(found.stdout).toMatch(/vector {2}resume\n/u);
  expect(found.stdout).toMatch(/words \d+\.\d\d/u);

  const asking = ["memory", "route", "How do I resume a killed run?", "--agent", "writer", "--session", "ada"];
  expect((await baton(asking, call)).stdout).toBe("context vector\n");
  const held = ["--state", '{"notes":["A killed run is resumed: this is how."]}'];
  const explained = await baton([...asking, ...held, "--explain"], call);
  expect(explained.stdout).toMatch(/^asked {4}context {5}\d\.\d\d {2}already in the process, costs no call$/mu);
  expect(explained.stdout).toMatch(/^asked {4}vector {6}\d\.\d\d {2}its best score/mu);
  expect(explained.stdout).toMatch(/^skipped {2}session {5}\d\.\d\d {2}its best score \d.* stays below/mu);
  expect(await json(...asking, ...held)).toMatchObject({
    agent: "writer",
    workflow: "chat",
    decision: { mode: "balanced", layers: ["context", "vector"], skipped: [{ layer: "session" }] },
  });

  expect(await json("memory", "purge", "--writer", "writer", "--yes")).toEqual({ removed: { session: 1, vector: 0 } });
  const purged = await baton(["memory", "purge", "--run", "r1", "--yes"], call);
  expect(purged.stdout).toBe("Removed 1 items of sessions and 2 of the vector layer.\n");
});

test("refuses what would remove too much, or names no place, agent or state", async () => {
  const { baton } = await chat();
  const refusals: readonly (readonly [args: readonly string[], said: string])[] = [
    [["purge"], "Nothing says what to remove."],
    [["purge", "--session", "ada"], "Nothing was removed"],
    [["list", "--session", "ada", "--namespace", "chat"], "two different places"],
    [["list", "--limit", "0"], "positive whole number"],
    [["recall", "walnuts", "--limit", "many"], "positive whole number"],
    [["recall", "walnuts", "--tenant", "a:b*"], "tenant"],
    [["recall", "walnuts", "--session", "a\nb"], "session"],
    [["recall"], "query"],
    [["route", "walnuts", "--agent", "nobody"], "names no agent"],
    [["route", "walnuts", "--agent", "writer", "--state", "[]"], "JSON object"],
    [["route", "walnuts", "--agent", "writer", "--state", "{"], "is not JSON"],
  ];
  for (const [args, said] of refusals) {
    const { code, stderr } = await baton(["memory", ...args]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(said)]);
  }
});

test("names that mean something to a server or a shell are names like others", async () => {
  const { baton } = await chat();
  for (const name of [":*?[]{}%_\\", "a b\n", "ü", "../x", "' or 1=1 --", "", "*"]) {
    const { code, stdout } = await baton(["memory", "recall", "walnuts", "--namespace", name, "--json"], ON_REDIS);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { items: [] }]);
  }
});

test("a Redis that is away costs a recall the session, and fails what is about the session alone", async () => {
  const { baton } = await chat();
  const away = { env: { REDIS_URL: "redis://127.0.0.1:1" } };
  const recalled = await baton(["memory", "recall", "walnuts", "--session", "ada"], away);
  expect(recalled.code).toBe(0);
  expect(recalled.stderr).toMatch(
    /The session layer did not answer: memory-unavailable: .* there is no connection to it\./u,
  );
  const routed = await baton(["memory", "route", "walnuts", "--agent", "writer", "--session", "ada"], away);
  expect(routed.stderr).toContain("The session layer did not answer");
  for (const args of [["list"], ["list", "--session", "ada"], ["purge", "--session", "ada", "--yes"]]) {
    const { code, stdout, stderr } = await baton(["memory", ...args], away);
    expect([code, stdout, stderr]).toEqual([69, "", expect.stringContaining("(memory-unavailable)")]);
  }
});

test("S17 S28: what was remembered cannot move the cursor, begin a line, or be more than one document", async () => {
  const { baton } = await chat();
  const evil = "walnuts \u001b[2J\u001b]0;owned\u0007\r\nsession    forged \u202e end";
  await baton(["run", "chat", "--session", "ada", "--input", JSON.stringify({ question: evil })]);
  for (const args of [
    ["list", "--session", "ada"],
    ["recall", "walnuts", "--session", "ada"],
  ]) {
    const { code, stdout, stderr } = await baton(["memory", ...args]);
    expect(code).toBe(0);
    expect(stdout).toContain("forged");
    expect(`${stdout}${stderr}`).not.toMatch(/(?!\n)[\p{Cc}\u202e]|^session {4}forged/mu);
    expect(() => JSON.parse(stdout)).toThrow();
    const { stdout: document } = await baton(["memory", ...args, "--json"]);
    expect(JSON.stringify(JSON.parse(document))).toContain("forged");
  }
});

test("doctor proves the Redis of REDIS_URL, and says what is wrong with one that is away", async () => {
  const { baton } = await chat();
  const fine = await baton(["doctor"], { env: { REDIS_URL: redis.url } });
  expect(fine.stdout).toMatch(
    /ok {3}session memory +Redis .* \(REDIS_URL is set\)\n +remembered and recalled an item\n/u,
  );
  expect(fine.code).toBe(0);
  const away = await baton(["doctor"], { env: { REDIS_URL: "redis://127.0.0.1:1" } });
  expect(away.stdout).toMatch(/FAIL session memory +Redis .*\n.*\(memory-unavailable\)\n/u);
  expect(away.code).toBe(69);
});
