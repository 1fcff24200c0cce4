import fc from "fast-check";
import { expect, test } from "vitest";

import { simulate } from "./simulate.ts";
import type { Fault } from "./memory-data.ts";

const RUNS = Number(process.env["BATON_SIMULATIONS"] ?? 5_000);
const seed = Number(process.env["BATON_SEED"] ?? Date.now() % 2 ** 31);
/** Which call to let through, what to break, whom to stop, how far to turn the clock. */
const tapes = fc.array(fc.nat(2 ** 16 - 1), { minLength: 20, maxLength: 80 });

test(`the invariants I1 to I7, I9 and I11 hold in ${RUNS} interleavings (BATON_SEED=${seed})`, async () => {
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
] as const)(
  "with the %s the simulation finds a broken %s",
  async (fault, invariant) => {
    expect((await firstViolations(fault, invariant)).join("\n")).toContain(invariant);
  },
  120_000,
);

/** Plays tapes until the invariant is seen broken; the tapes are the same in every run of the tests. */
async function firstViolations(fault: Fault, invariant: string): Promise<readonly string[]> {
  for (const tape of fc.sample(tapes, { numRuns: 3_000, seed: 7 })) {
    const found = await simulate(tape, [fault]);
    if (found.some((one) => one.includes(invariant))) return found;
  }
  return [];
}
