import fc from "fast-check";
import { expect, test } from "vitest";

import { simulate } from "./simulate.ts";
import type { Fault } from "./memory-data.ts";

const RUNS = Number(process.env["BATON_SIMULATIONS"] ?? 5_000);
const seed = Number(process.env["BATON_SEED"] ?? Date.now() % 2 ** 31);
/** Which call to let through, what to break, whom to stop, how far to turn the clock. */
const tapes = fc.array(fc.nat(2 ** 16 - 1), { minLength: 20, maxLength: 80 });

test(`the invariants I1 to I11 hold in ${RUNS} interleavings (BATON_SEED=${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(tapes, async (tape) => {
      expect(await simulate(tape)).toEqual([]);
    }),
    { numRuns: RUNS, seed },
  );
}, 600_000);

test.each([
  ["fence off", "I7"],
  ["claim without lock", "C7 no run is taken"],
  ["epoch not compared", "C7 a question is answered once"],
  ["journal off", "I6"],
  ["reservation off", "I8"],
  ["note of a pruning counted", "I10"],
] as const)(
  "with the %s the simulation finds a broken %s",
  async (fault, invariant) => {
    expect((await firstViolations(fault, invariant)).join("\n")).toContain(invariant);
  },
  120_000,
);

/** How `simulate` reads a decision: the lowest four bits say what, the others to whom. */
const letThrough = (which: number): number => which << 4;
const fail = (which: number): number => (which << 4) | 9;
const crash = (seat: number): number => (seat << 4) | 8;
const ELEVEN_SECONDS = (1 << 4) | 13;
const GO_ON = 14;
const calmly = (calls: number): number[] => Array.from({ length: calls }, () => letThrough(0));
const TWO_AT_ONCE = (1 << 4) | 14;

/** Gets to the question without a fault, answers it twice at once, and lets calls of both through, some with an error. */
const twoAnswers = fc
  .tuple(
    fc.integer({ min: 6, max: 20 }),
    fc.array(fc.oneof(fc.nat(40).map(letThrough), fc.nat(40).map(letThrough), fc.nat(3).map(fail)), {
      minLength: 10,
      maxLength: 40,
    }),
  )
  .map(([calls, tail]) => [letThrough(1), ...Array.from({ length: calls }, () => letThrough(7)), TWO_AT_ONCE, ...tail]);

/** All processes die twice about when the answer of a model has come, another one goes on each time, and a third asks the model again. */
const life = fc
  .integer({ min: 13, max: 16 })
  .map((calls) => [...calmly(calls), ...[1, 3, 5].map(crash), ELEVEN_SECONDS, GO_ON]);
const deaths = fc.tuple(life, life).map((lives) => [letThrough(2), ...lives.flat(), ...calmly(30)]);

const TAPES: Partial<Record<Fault, typeof tapes>> = { "epoch not compared": twoAnswers, "reservation off": deaths };

/** Plays tapes until the invariant is seen broken; the tapes are the same in every run of the tests. */
async function firstViolations(fault: Fault, invariant: string): Promise<readonly string[]> {
  const likely = TAPES[fault] ?? tapes;
  for (const tape of fc.sample(likely, { numRuns: 3_000, seed: 7 })) {
    const found = await simulate(tape, [fault]);
    if (found.some((one) => one.includes(invariant))) return found;
  }
  return [];
}
