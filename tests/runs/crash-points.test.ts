import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";

import { crashTest } from "../chaos/crash-points.ts";
import type { Crash, Verdict } from "../chaos/crash-verdict.ts";
import { broken, figuresOf } from "../chaos/report.ts";
import { victims } from "../chaos/victims.ts";
import { WORKLOADS } from "../chaos/workflows.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestDatabase } from "../support/postgres.ts";

const database = await createTestDatabase();
const processes = victims(2);
afterAll(async () => {
  await processes.close();
  await database.drop();
});

const seed = Number(process.env["BATON_SEED"] ?? Date.now() % 2 ** 31);

/** One process is killed for each batch: its runs are held at their points until all are there, or its files were copied at each point before. */
const STORES = [
  { store: "PostgreSQL", url: database.url, points: 15, batch: 15 },
  { store: "SQLite", url: undefined, points: 15, batch: 8 },
];

describe.each(STORES)("a process that is killed at any point, on $store", ({ url, points, batch }) => {
  test.each(WORKLOADS)(
    `loses nothing, repeats no committed step and doubles no effect: %s (BATON_SEED=${seed})`,
    async (workflow) => {
      const folder = await temporaryFolder();
      const place = { folder, ...(url === undefined ? {} : { databaseUrl: url }) };
      const trial = await crashTest(place, processes);
      const crashes = sample(await trial.crashes(workflow), points);
      const verdicts: Verdict[] = [];
      for (let first = 0; first < crashes.length; first += batch) {
        verdicts.push(...(await trial.attempt(crashes.slice(first, first + batch))));
      }
      await trial.close();
      expect(broken(verdicts)).toEqual([]);
      expect(figuresOf(verdicts)).toMatchObject({
        points,
        lost: 0,
        wrong: 0,
        committedRepeated: 0,
        duplicateEffects: 0,
      });
      expect(figuresOf(verdicts).killed).toBeGreaterThan(points / 2);
    },
    240_000,
  );
});

function sample(crashes: readonly Crash[], count: number): readonly Crash[] {
  expect(crashes.length).toBeGreaterThan(count);
  const [chosen = []] = fc.sample(fc.shuffledSubarray([...crashes], { minLength: count, maxLength: count }), {
    numRuns: 1,
    seed,
  });
  return chosen;
}
