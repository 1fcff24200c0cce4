import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { afterAll, expect, test } from "vitest";

import { createTestDatabase } from "../support/postgres.ts";
import { makeApp } from "./project.ts";

const created = await createTestDatabase();
afterAll(created.drop);

test("hands the thread of a run on the server to LangGraph's own saver, and says what is missing", async () => {
  const app = await makeApp();
  const env = { DATABASE_URL: created.url };
  await app.baton(["run", "ask", "--run-id", "a1"], { env });

  const exported = await app.baton(["checkpoints", "export", "a1", "--schema", "stock"], { env });

  expect([exported.code, exported.stdout]).toEqual([
    0,
    expect.stringMatching(/^Exported 3 checkpoints of thread a1 to schema stock of PostgreSQL /u),
  ]);
  expect(exported.stdout).not.toContain(new URL(created.url).password || "\0");
  const stock = PostgresSaver.fromConnString(created.url, { schema: "stock" });
  expect((await stock.getTuple({ configurable: { thread_id: "a1" } }))?.checkpoint.channel_values).toMatchObject({
    count: 1,
  });
  await stock.end();
  const unknown = await app.baton(["checkpoints", "export", "nobody", "--json"], { env });
  expect([unknown.code, JSON.parse(unknown.stdout).error.code]).toEqual([64, "unknown-run"]);
  const nowhere = await app.baton(["checkpoints", "export", "a1"]);
  expect([nowhere.code, nowhere.stderr]).toEqual([64, expect.stringContaining("--to postgres://")]);
});
