import fc from "fast-check";
import { afterAll, expect, test } from "vitest";

import { crashTest, type Verdict } from "../chaos/crash-points.ts";
import { REMEMBERING } from "../chaos/remembering.ts";
import { broken, figuresOf } from "../chaos/report.ts";
import { victims } from "../chaos/victims.ts";
import { temporaryFolder } from "../support/baton.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { createTestRedis } from "../support/redis.ts";

const redis = createTestRedis();
const database = await createTestDatabase();
const processes = victims(1);
afterAll(async () => {
  await processes.close();
  await redis.clear();
  await database.drop();
});

const POINTS = 72;
/** Runs that one kill ends, each at a point of its own. */
const AT_ONCE = 36;
const seed = Number(process.env["BATON_SEED"] ?? Date.now() % 2 ** 31);

test(`F36: a run that is killed at any point remembers everything once (BATON_SEED=${seed})`, async () => {
  const place = { folder: await temporaryFolder(), databaseUrl: database.url, redis };
  const trial = await crashTest(place, processes);
  const all = await trial.crashes(REMEMBERING);
  expect(all.length).toBeGreaterThan(POINTS);
  const [crashes = []] = fc.sample(fc.shuffledSubarray([...all], { minLength: POINTS, maxLength: POINTS }), {
    numRuns: 1,
    seed,
  });
  const verdicts: Verdict[] = [];
  for (let first = 0; first < POINTS; first += AT_ONCE)
    verdicts.push(...(await trial.attempt(crashes.slice(first, first + AT_ONCE))));
  await trial.close();
  expect(broken(verdicts)).toEqual([]);
  expect(figuresOf(verdicts).killed).toBeGreaterThanOrEqual(60);
}, 240_000);
