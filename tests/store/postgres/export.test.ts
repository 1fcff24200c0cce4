import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { Command, END, interrupt, ReducedValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { createBaton, type EncryptionOptions, postgres, sqlite, workflow } from "batonjs";
import { createPostgresSaver } from "batonjs/postgres";
import { scripted } from "batonjs/testing";
import pg from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { exportThread } from "../../../store/postgres/export-thread.ts";
import { temporaryFolder } from "../../support/baton.ts";
import { createTestDatabase } from "../../support/postgres.ts";

const Order = new StateSchema({
  item: z.string().default("tea"),
  due: z.unknown(),
  log: new ReducedValue(z.array(z.string()).default([]), { reducer: (known, added) => known.concat(added) }),
});

const orders = () =>
  new StateGraph(Order)
    .addNode("price", () => ({ log: ["priced"] }))
    .addNode("approve", () => ({ log: [`approved: ${String(interrupt("Pay?"))}`] }))
    .addEdge(START, "price")
    .addEdge("price", "approve")
    .addEdge("approve", END);

const created = await createTestDatabase();
afterAll(created.drop);
const KEYS = { keys: { a: Buffer.alloc(32, 7).toString("base64") }, current: "a" };

async function open(store: ReturnType<typeof postgres> | ReturnType<typeof sqlite>, folder?: string) {
  const config = { workflows: [workflow({ id: "orders", graph: orders() })], model: scripted([]), prompts: [], store };
  const baton = await createBaton(config, { folder: folder ?? (await temporaryFolder()), env: {} });
  onTestFinished(() => baton.close());
  return baton;
}

test.each([
  ["SQLite", sqlite({ path: "runs/here.db", encryption: KEYS })],
  ["PostgreSQL", postgres({ url: created.url, schema: "shop", encryption: KEYS })],
])(
  "a run that waits on %s, encrypted, is exported, and LangGraph's own saver takes the answer",
  async (name, store) => {
    const baton = await open(store);
    const { id, result } = await baton.start("orders", { item: name });
    expect(await result()).toMatchObject({ status: "interrupted" });

    const report = await exportThread(await baton.store.reader(), id, { url: created.url, schema: "stock" });

    expect(report).toMatchObject({ thread: id, checkpoints: 3, schema: "stock" });
    const stock = PostgresSaver.fromConnString(created.url, { schema: "stock" });
    const graph = orders().compile({ checkpointer: stock });
    const config = { configurable: { thread_id: id } };
    expect(await graph.invoke(new Command({ resume: "yes" }), config)).toMatchObject({
      item: name,
      log: ["priced", "approved: yes"],
    });
    await stock.end();
  },
);

test("what the stock saver would change without a word is not exported, and nothing of the thread is", async () => {
  await using saver = await createPostgresSaver({ url: created.url });
  const config = { configurable: { thread_id: "dated" } };
  await orders()
    .compile({ checkpointer: saver })
    .invoke({ due: new Date(0) }, config);
  await expect(exportThread(saver, "dated", { url: created.url, schema: "stock" })).rejects.toMatchObject({
    code: "state-not-serializable",
    message: expect.stringMatching(/`(due|__start__)`/u),
  });
  const stock = PostgresSaver.fromConnString(created.url, { schema: "stock" });
  expect(await stock.getTuple(config)).toBeUndefined();
  await stock.end();
  await expect(exportThread(saver, "nobody", { url: created.url })).rejects.toMatchObject({ code: "unknown-run" });
});

test.each([
  ["SQLite", (encryption: EncryptionOptions) => sqlite({ encryption })],
  ["PostgreSQL", (encryption: EncryptionOptions) => postgres({ url: created.url, schema: "keys", encryption })],
])("on %s a run goes on under a new key while the old one is there, and not without it", async (_name, choose) => {
  const folder = await temporaryFolder();
  const first = await open(choose(KEYS), folder);
  const { id, result } = await first.start("orders", {});
  await result();
  const b = Buffer.alloc(32, 9).toString("base64");

  const without = await open(choose({ keys: { b }, current: "b" }), folder);
  await expect(without.resume(id, { answer: "yes" })).rejects.toMatchObject({ code: "encryption-key-unknown" });
  await expect(without.run(id)).rejects.toMatchObject({ code: "encryption-key-unknown" });

  const rotated = await open(choose({ keys: { ...KEYS.keys, b }, current: "b" }), folder);
  expect((await rotated.run(id)).status).toBe("interrupted");
  expect(await (await rotated.resume(id, { answer: "yes" })).result()).toMatchObject({ status: "completed" });
});

test("keys are checked before anything is opened, and a server without an address is refused", async () => {
  await expect(open(sqlite({ encryption: { keys: { a: "short" }, current: "a" } }))).rejects.toMatchObject({
    code: "encryption-key-invalid",
    exitCode: 78,
  });
  await expect(open(postgres())).rejects.toMatchObject({ code: "database-url-missing", exitCode: 78 });
});

test("S11: with keys, no table of checkpoints holds what the state holds", async () => {
  const canary = "canary-0123456789";
  const baton = await open(postgres({ url: created.url, schema: "dark", encryption: KEYS }));
  const { result } = await baton.start("orders", { item: canary });
  expect(await result()).toMatchObject({ state: { item: canary } });
  const client = new pg.Client({ connectionString: created.url });
  await client.connect();
  const found: unknown[] = [];
  for (const table of ["checkpoints", "task_writes", "list_segments"]) {
    const { rows } = await client.query(`select t::text || encode(data, 'escape') as all from dark.${table} t`);
    found.push(...rows.filter((row: { readonly all: string }) => row.all.includes(canary)));
  }
  await client.end();
  expect(found).toEqual([]);
});
