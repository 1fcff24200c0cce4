import type { Contestant } from "./contestants.ts";
import { twentySteps } from "./graphs.ts";
import { measure, median, type Cost } from "./meter.ts";
import type { BenchServer } from "./server.ts";

const STEPS = 20;

/** Twenty steps with one kilobyte of state each, run by both in turns; per step. */
export interface StepCosts {
  readonly msPerRun: number;
  readonly statements: number;
  readonly walBytes: number;
  readonly cpuMs: number | undefined;
}

type ByName = Readonly<Record<Contestant["name"], StepCosts>>;

export async function singleRuns(
  server: BenchServer,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ByName> {
  return await inTurns(server, contestants, { rounds, runs: 1 });
}

/** As many runs at once in one process. */
export async function concurrentRuns(
  server: BenchServer,
  contestants: readonly Contestant[],
  { rounds, runs }: { readonly rounds: number; readonly runs: number },
): Promise<ByName> {
  return await inTurns(server, contestants, { rounds, runs });
}

async function inTurns(
  server: BenchServer,
  contestants: readonly Contestant[],
  { rounds, runs }: { readonly rounds: number; readonly runs: number },
): Promise<ByName> {
  const costs: Record<Contestant["name"], Cost[]> = { stock: [], baton: [] };
  for (let round = -1; round < rounds; round += 1) {
    // Whoever goes first in one round goes last in the next: a slow moment of the machine meets both.
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const begun = await Promise.all(Array.from({ length: runs }, async () => await contestant.begin()));
      const cost = await measure(server, async () => {
        await Promise.all(begun.map(async ({ saver, thread }) => await twentySteps(saver, thread)));
      });
      // The first round prepares statements and warms caches.
      if (round >= 0) costs[contestant.name].push(cost);
    }
  }
  return { stock: perStep(costs.stock, runs), baton: perStep(costs.baton, runs) };
}

function perStep(costs: readonly Cost[], runs: number): StepCosts {
  const steps = STEPS * runs * costs.length;
  const sum = (value: (cost: Cost) => number): number => costs.reduce((total, cost) => total + value(cost), 0);
  const cpu = costs.every(({ cpuMs }) => cpuMs !== undefined) ? sum(({ cpuMs }) => cpuMs ?? 0) / steps : undefined;
  return {
    msPerRun: median(costs.map(({ ms }) => ms)) / runs,
    statements: sum(({ statements }) => statements) / steps,
    walBytes: sum(({ walBytes }) => walBytes) / steps,
    cpuMs: cpu,
  };
}
