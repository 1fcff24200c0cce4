import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { END, interrupt, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { type Baton, createBaton, node, postgres, sqlite, workflow } from "batonjs";
import { scripted } from "batonjs/testing";
import pg from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { openStore } from "../../store/connect.ts";
import type { EncryptionOptions } from "../../store/encryption-options.ts";
import { claimed, claimedRun, SETTLEMENTS } from "../../testing/opened-store.ts";
import { storeSuite } from "../../testing/store-suite.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { makeFolder, removeFolder, temporaryFolder } from "./temporary-folder.ts";

const newKey = (): string => randomBytes(32).toString("base64");
const keys = { "2026": newKey(), "2027": newKey() };
const before = { keys: { "2026": keys["2026"] }, current: "2026" };
const now = { keys, current: "2027" };

storeSuite("SQLite, encrypted", async () => {
  const folder = makeFolder();
  return await Promise.resolve({
    open: async () => await openStore({ folder, encryption: now }),
    remove: async () => await Promise.resolve(removeFolder(folder)),
  });
});

const database = await createTestDatabase();
afterAll(database.drop);

const CANARIES = {
  input: "sk-canary-of-the-input",
  call: "canary-of-a-call",
  question: "canary-of-a-question",
  answer: "canary-of-an-answer",
  error: "canary-of-an-error",
  set: "canary-set-by-hand",
} as const;

const State = new StateSchema({ secret: z.string(), heard: z.string().default("") });

/** Asks, calls, fails once: a run whose rows hold something of every kind. */
function telltale() {
  let fails = true;
  const ask = node(State, { reads: ["secret"], writes: ["heard"] }, async (_state, { call }) => {
    const known = await call("look", { what: CANARIES.call }, async () => await Promise.resolve(CANARIES.call));
    const answer = String(interrupt(CANARIES.question));
    if (!fails) return { heard: `${known} ${answer}` };
    fails = false;
    throw new Error(CANARIES.error);
  });
  return workflow({
    id: "telltale",
    graph: new StateGraph(State).addNode("ask", ask).addEdge(START, "ask").addEdge("ask", END),
  });
}

async function openedWith(store: ReturnType<typeof postgres> | ReturnType<typeof sqlite>, folder: string) {
  const baton = await createBaton(
    { workflows: [telltale()], model: scripted([]), prompts: [], store },
    { folder, env: {} },
  );
  onTestFinished(async () => await baton.close());
  return baton;
}

async function liveThrough(baton: Baton): Promise<void> {
  const { id, result } = await baton.start("telltale", { secret: CANARIES.input });
  expect(await result()).toMatchObject({ status: "interrupted", interrupts: [{ value: CANARIES.question }] });
  expect(await (await baton.resume(id, { answer: CANARIES.answer })).result()).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining(CANARIES.error) },
  });
  const whole = { secret: CANARIES.input, heard: `${CANARIES.call} ${CANARIES.answer}` };
  expect(await (await baton.resume(id)).result()).toMatchObject({ status: "completed", state: whole });
  const fork = await baton.fork(id, { step: 1, set: { secret: CANARIES.set } });
  expect(await fork.result()).toMatchObject({ status: "interrupted" });
  expect(await baton.run(id)).toMatchObject({ input: { secret: CANARIES.input }, state: whole });
  expect((await baton.events(id)).map(({ type }) => type)).toContain("run_failed");
  expect(await baton.why(id, "heard")).toMatchObject({
    value: whole.heard,
    exactness: "exact",
    writtenBy: { node: "ask", kind: "step" },
    reads: [{ path: "secret", value: CANARIES.input, writtenBy: { kind: "input" } }],
    tools: [{ name: "look", outcome: "done" }],
    answers: [{ answer: CANARIES.answer }],
  });
}

const hits = (stored: string): string[] => Object.values(CANARIES).filter((canary) => stored.includes(canary));

test("S11: with encryption on, no row of an embedded store shows what a run works on, while `why` tells it", async () => {
  const folder = temporaryFolder();
  await liveThrough(await openedWith(sqlite({ encryption: now }), folder));
  const files = await readdir(join(folder, ".baton"));
  const stored = await Promise.all(files.map(async (file) => await readFile(join(folder, ".baton", file), "latin1")));
  expect(hits(stored.join(""))).toEqual([]);
});

test("S11: with encryption on, no row of a server shows what a run works on, while `why` tells it", async () => {
  await liveThrough(await openedWith(postgres({ url: database.url, encryption: now }), temporaryFolder()));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'baton'",
  );
  let stored = "";
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string; bytes: string }>(`select t::text as row from ${name} t`);
    stored += rows
      .map(({ row }) => row + Buffer.from(row.replaceAll(/[^0-9a-f]/gu, ""), "hex").toString("latin1"))
      .join("");
  }
  await client.end();
  expect(stored.length).toBeGreaterThan(1_000);
  expect(hits(stored)).toEqual([]);
});

test("rows under an older key are read after a rotation, and plain ones only where that is allowed", async () => {
  const folder = temporaryFolder();
  const open = async (encryption?: EncryptionOptions) => {
    const store = await openStore({ folder, ...(encryption === undefined ? {} : { encryption }) });
    onTestFinished(async () => await store.close());
    return store;
  };
  const old = await open(before);
  const { run, fence } = await claimedRun(old);
  await old.effects.record(fence, { key: "k", kind: "model", name: "m", status: "done", value: { text: "owl" } });
  await old.runs.settle(fence, SETTLEMENTS.parked);

  const rotated = await open(now);
  expect(await rotated.runs.get(run.id)).toMatchObject({ input: run.input, ...SETTLEMENTS.parked });
  expect(await rotated.effects.find(run.id, "k")).toMatchObject({ value: { text: "owl" } });
  await claimed(rotated, run.id);

  const plain = await claimedRun(await open());
  await expect(rotated.runs.get(plain.run.id)).rejects.toMatchObject({ code: "checkpoint-unreadable" });
  const lenient = await open({ ...now, allowPlain: true });
  expect(await lenient.runs.get(plain.run.id)).toMatchObject({ input: plain.run.input });
});
