import { createBaton } from "batonjs";
import { expect, it } from "vitest";

import config from "../fixtures/twenty-steps/baton.config.ts";
import { ledgers } from "../fixtures/twenty-steps/ledger.ts";
import { copyApp } from "../support/app.ts";
import { createTestDatabase } from "../support/postgres.ts";

/** What a command finds in its environment when the runs lie there. */
const PLACES = {
  SQLite: async () => ({ env: {}, drop: async () => undefined }),
  PostgreSQL: async () => {
    const { url, drop } = await createTestDatabase();
    return { env: { DATABASE_URL: url }, drop };
  },
};

it.each(["SQLite", "PostgreSQL"] as const)(
  "F28: a call whose process was killed before it was settled counts as made, on %s",
  async (name) => {
    const app = await copyApp("twenty-steps");
    const { env, drop } = await PLACES[name]();
    const args = ["run", "twenty-steps", "--run-id", "r1", "--budget-calls", "20", "--json"];
    expect(await app.start(args, { ...env, DIES_IN_CALL: "14" }).finished).toMatchObject({ signal: "SIGKILL" });

    {
      await using baton = await createBaton(config, { folder: app.folder, env });
      // In no more than its own lease: the process is gone, and this one sees it.
      expect(await baton.store.budgets.read((await baton.run("r1")).id)).toMatchObject({
        spent: { modelCalls: 13 },
        reserved: { modelCalls: 1 },
        open: 1,
      });
      await ledgers.run(app.ledgerFile, async () => {
        const parked = await (await baton.resume("r1")).result();
        expect(parked).toMatchObject({ status: "parked", reason: expect.stringContaining("20 of 20 model calls") });
        const done = await (await baton.resume("r1", { budget: { modelCalls: 21 } })).result();
        expect(done).toMatchObject({ status: "completed" });
      });
      // Twenty answers, and the one that nobody heard.
      expect(await baton.store.budgets.read((await baton.run("r1")).id)).toMatchObject({
        spent: { modelCalls: 21, tokens: expect.any(Number) },
        open: 0,
      });
    }
    const asked = (await app.ledger()).filter((line) => line.startsWith("call "));
    expect(asked).toHaveLength(21);
    expect(asked.filter((line) => line === "call 14")).toHaveLength(2);
    await drop();
  },
);
