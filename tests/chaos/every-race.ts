// Two real processes against each other, as often as promised, and what came of it.
// npm run test:chaos:races -- [--json] [--races N] [--zombies N] [--only postgres] [--seed N] [--report FILE]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

import { startOwn } from "../support/provision.ts";
import { raceForRuns, raiseZombies, type RaceFigures, type ZombieFigures } from "./races.ts";
import { environment, table } from "./report.ts";
import type { Place } from "./work.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    races: { type: "string", default: "1000" },
    zombies: { type: "string", default: "1000" },
    only: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    report: { type: "string" },
  },
});

process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "baton-compile-cache");
const folder = await mkdtemp(join(tmpdir(), "baton-races-"));
const server = await startOwn("postgres");
const startedAt = performance.now();
const figures: Record<string, RaceFigures | ZombieFigures> = {};
let seed = Number(options.seed);
try {
  for (const store of ["postgres", "sqlite"] as const) {
    if (options.only !== undefined && options.only !== store) continue;
    if (Number(options.races) > 0) {
      const { resumes, answers } = await raceForRuns(await placeOf(store, "races"), Number(options.races));
      note(`${store}: resume against resume`, resumes);
      note(`${store}: answer against answer`, answers);
    }
    if (Number(options.zombies) > 0)
      note(`${store}: zombies`, await raiseZombies(await placeOf(store, "zombies"), Number(options.zombies), random));
    await report();
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
const isBroken = Object.values(figures).some((one) =>
  Object.entries(one).some(([name, value]) => name !== "races" && name !== "zombies" && value > 0),
);
process.exitCode = isBroken ? 1 : 0;

async function placeOf(store: string, name: string): Promise<Place> {
  const place = join(folder, `${store}-${name}`);
  await mkdir(place, { recursive: true });
  return { folder: place, ...(store === "postgres" ? { databaseUrl: server.url } : {}) };
}

function note(name: string, found: RaceFigures | ZombieFigures): void {
  figures[name] = found;
  process.stderr.write(`${name}: ${JSON.stringify(found)}\n`);
}

/** Numbers below 1 that the seed decides. */
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

async function report(): Promise<void> {
  const { date, commit, node, cpus } = environment();
  const races = Object.entries(figures).flatMap(([name, one]) =>
    "races" in one ? [[name, ...Object.values(one)]] : [],
  );
  const zombies = Object.entries(figures).flatMap(([name, one]) =>
    "zombies" in one ? [[name, ...Object.values(one)]] : [],
  );
  const text = [
    `# Races of two processes, ${date}`,
    "",
    `Commit \`${commit}\`, Node ${node}, ${cpus} cores, ${Math.round((performance.now() - startedAt) / 1000)} s. Command: \`npm run test:chaos:races -- ${process.argv.slice(2).join(" ")}\` (seed ${options.seed}).`,
    "",
    "Two processes go on with the same run, or answer the same question differently, at the same moment: one has to win, the other has to be told.",
    "",
    table([
      ["race", "races", "double wins", "no wins", "unexpected errors", "forks", "wrong states", "duplicate effects"],
      ...races,
    ]),
    "",
    "A process is frozen with SIGSTOP in the middle of its runs. Others finish them once its lease is over; then it goes on (SIGCONT). Everything stored",
    "is compared before and after.",
    "",
    table([["store", "zombies", "writes accepted", "unexpected ends", "forks", "wrong states"], ...zombies]),
    "",
  ].join("\n");
  if (options.report !== undefined) {
    await mkdir(dirname(options.report), { recursive: true });
    await writeFile(options.report, text);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ figures, environment: environment() })}\n`);
  else process.stdout.write(text);
}
