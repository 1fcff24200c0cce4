import { afterAll, expect, test } from "vitest";

import { raceForRuns, raiseZombies } from "../chaos/races.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestDatabase } from "../support/postgres.ts";

const database = await createTestDatabase();
afterAll(database.drop);

const NOTHING_BROKEN = { doubleWins: 0, noWins: 0, unexpected: 0, forks: 0, wrong: 0, duplicateEffects: 0 };

test("F07, F08: of two processes that resume a run, or answer its question, one wins and the other is told", async () => {
  const place = { folder: await temporaryFolder(), databaseUrl: database.url };
  expect(await raceForRuns(place, 10)).toEqual({
    resumes: { races: 10, ...NOTHING_BROKEN },
    answers: { races: 10, ...NOTHING_BROKEN },
  });
}, 240_000);

test.each([
  { store: "PostgreSQL", databaseUrl: database.url },
  { store: "SQLite", databaseUrl: undefined },
])(
  "F04: a process that was frozen while others finished its runs changes nothing when it wakes up, on $store",
  async ({ databaseUrl }) => {
    const place = { folder: await temporaryFolder(), ...(databaseUrl === undefined ? {} : { databaseUrl }) };
    expect(await raiseZombies(place, 5, Math.random)).toEqual({
      zombies: 5,
      writesAccepted: 0,
      unexpected: 0,
      forks: 0,
      wrong: 0,
    });
  },
  240_000,
);
