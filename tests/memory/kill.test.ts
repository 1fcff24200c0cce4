import fc from "fast-check";
import { afterAll, expect, test } from "vitest";

import { crashTest } from "../chaos/crash-points.ts";
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

/** One kill ends as many runs, each at a point of its own. `npm run test:chaos -- --only postgres:remembering` tries every point. */
const POINTS = 24;
const seed = Number(process.env["BATON_SEED"] ?? Date.now() % 2 ** 31);

test(`F36: a run that is killed at any point remembers everything once (BATON_SEED=${seed})`, async () => {
  const place = { folder: await temporaryFolder(), databaseUrl: database.url, redis };
  const trial = await crashTest(place, processes);
  const all = await trial.crashes(REMEMBERING);
  const first = all.findIndex(({ name }) => name.startsWith("before remembering"));
  expect(first).toBeGreaterThan(0);
  // After the last memory, the agent's, come the checkpoint and the end of the run.
  const last = all.slice(-POINTS / 2);
  const others = all.slice(first, -POINTS / 2);
  const [crashes = []] = fc.sample(fc.shuffledSubarray(others, { minLength: POINTS / 2, maxLength: POINTS / 2 }), {
    numRuns: 1,
    seed,
  });
  const verdicts = await trial.attempt([...crashes, ...last]);
  await trial.close();
  expect(broken(verdicts)).toEqual([]);
  expect(figuresOf(verdicts).killed).toBeGreaterThan(POINTS / 2);
}, 240_000);
