import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { createBaton } from "batonjs";
import { scripted } from "batonjs/testing";
import { expect, test } from "vitest";

import { temporaryFolder } from "../../support/baton.ts";
import { createTestDatabase } from "../../support/postgres.ts";
import { checkAgainstOracle } from "./oracle.ts";

const database = createTestDatabase();

test.each([
  { store: "SQLite", programs: 8 },
  { store: "PostgreSQL", programs: 5 },
])(
  "names the writer of every value of random runs with loops, fan-out, failures, questions and forks on $store",
  async ({ store, programs }) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "prompts"));
    const env = store === "PostgreSQL" ? { DATABASE_URL: (await database).url } : {};
    const asked = await checkAgainstOracle({
      programs,
      seed: 20260,
      open: async (workflow) => await createBaton({ workflows: [workflow], model: scripted([]) }, { folder, env }),
    });
    expect(asked).toBeGreaterThan(programs * 5);
  },
  120_000,
);
