import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";

import { crashTest } from "../chaos/crash-points.ts";
import { LOOKING_BACK, REMEMBERING } from "../chaos/remembering.ts";
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

const seed = Number(process.env["BATON_SEED"] ?? Date.now() % 2 ** 31);
/** Every point: `npm run test:chaos -- --only sqlite:remembering`. */
const PLACES = [
  { where: "the file", servers: {}, points: 14 },
  { where: "PostgreSQL and Redis", servers: { databaseUrl: database.url, redis }, points: 10 },
];
/** Between the last memory, which is the agent's, and the end of the run: its checkpoint is among them. */
const LAST = 6;

describe.each(PLACES)("a run that remembers, in $where", ({ servers, points }) => {
  test(`F36: remembers everything once, wherever it is killed (BATON_SEED=${seed})`, async () => {
    const trial = await crashTest({ folder: await temporaryFolder(), ...servers }, processes);
    const crashes = await trial.crashes(REMEMBERING);
    const all = crashes.slice(
      0,
      crashes.findIndex(({ name }) => name === LOOKING_BACK),
    );
    const first = all.findIndex(({ name }) => name.startsWith("before remembering"));
    expect(first).toBeGreaterThan(0);
    const others = all.slice(first, -LAST);
    const count = points - LAST;
    const [some = []] = fc.sample(fc.shuffledSubarray(others, { minLength: count, maxLength: count }), {
      numRuns: 1,
      seed,
    });
    const verdicts = await trial.attempt([...some, ...all.slice(-LAST)]);
    await trial.close();
    expect(broken(verdicts)).toEqual([]);
    expect(figuresOf(verdicts).killed).toBeGreaterThan(points / 2);
  }, 240_000);
});
