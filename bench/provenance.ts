// What it costs to store what values were made from, beside the same run without, and how fast a long run is questioned, in both stores.
// `npm run bench:provenance [-- --json] [-- --rounds 15]`
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { whyOf } from "../runs/provenance/why.ts";
import { type MeasuredRun, measuredRun } from "./provenance/measured-run.ts";
import { type Place, postgresPlace, sqlitePlace } from "./provenance/places.ts";

const { values: flags } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "15" } },
});
const STEPS = 20;
const LONG = 1_000;
const GOALS = { timeRatio: 1.1, bytesPerStep: 512, why1000Ms: 300 };

interface Figures {
  /** Time of a run of 20 steps with provenance over one without: the median of pairs. */
  readonly timeRatio: number;
  /** The same of the CPU time of this process. */
  readonly cpuRatio: number;
  /** What a step of 1,000 takes in the store with provenance beyond what it takes without. */
  readonly bytesPerStep: number;
  /** The median of five questions to the run of 1,000 steps. */
  readonly why1000Ms: number;
  readonly why1000CpuMs: number;
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

async function measure({ store, bytes }: Place): Promise<Figures> {
  for (const on of [true, false]) await measuredRun(store, STEPS, on);
  const pairs: { readonly on: MeasuredRun; readonly off: MeasuredRun }[] = [];
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    // Which of the two goes first changes, so that neither profits from the other.
    const isFirstOn = round % 2 === 0;
    const first = await measuredRun(store, STEPS, isFirstOn);
    const second = await measuredRun(store, STEPS, !isFirstOn);
    pairs.push(isFirstOn ? { on: first, off: second } : { on: second, off: first });
  }
  const start = await bytes();
  await measuredRun(store, LONG, false);
  const without = await bytes();
  const { id } = await measuredRun(store, LONG, true);
  const added = (await bytes()) - without - (without - start);
  const questioned = await store.runs.get(id);
  if (questioned === undefined) throw new Error("The run is gone.");
  const asked: { readonly ms: number; readonly cpuMs: number }[] = [];
  for (let round = 0; round < 5; round += 1) {
    const from = performance.now();
    const cpuFrom = process.cpuUsage();
    await whyOf(store, questioned, { path: "text" });
    const cpu = process.cpuUsage(cpuFrom);
    asked.push({ ms: performance.now() - from, cpuMs: (cpu.user + cpu.system) / 1_000 });
  }
  return {
    timeRatio: Number(median(pairs.map(({ on, off }) => on.ms / off.ms)).toFixed(3)),
    cpuRatio: Number(median(pairs.map(({ on, off }) => on.cpuMs / off.cpuMs)).toFixed(3)),
    bytesPerStep: Math.round(added / LONG),
    why1000Ms: Math.round(median(asked.map(({ ms }) => ms))),
    why1000CpuMs: Math.round(median(asked.map(({ cpuMs }) => cpuMs))),
  };
}

const figures: Record<string, Figures> = {};
for (const open of [sqlitePlace, postgresPlace]) {
  const place = await open();
  try {
    figures[place.name] = await measure(place);
  } finally {
    await place.close();
  }
}
const environment = { node: process.version, cpus: cpus().length, platform: process.platform };
if (flags.json) console.log(JSON.stringify({ figures, environment }, undefined, 2));
else {
  console.table({ ...figures, "goal, at most": GOALS });
  console.log(environment);
}
