// Measures evals: what the runner adds to a case, replayed cases, the bootstrap, and what they add to an install: `npm run bench:evals [-- --json]`.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";

import { compare } from "../evals/statistics/compare.ts";

const CASES = 5_000;
const REPLAYED = 1_000;
const RESAMPLES = 10_000;
const ROUNDS = 5;

interface InProcess {
  readonly wholeCpuMs: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly maxRssMb: number;
}
interface Replayed {
  readonly ms: number;
  readonly cpuMs: number;
  readonly calls: number;
}

const inProcess = rounds(() => program<InProcess>("in-process.ts", CASES));
const replayed = rounds(() => program<Replayed>("replayed.ts", REPLAYED));
const bootstraps = rounds(bootstrap);
const figures = {
  /** What the runner, the journal and the totals take for a case, beside the answer itself. */
  overheadMsPerCase: least(inProcess, ({ answer }) => answer.ms / CASES),
  overheadCpuMsPerCase: least(inProcess, ({ answer }) => answer.cpuMs / CASES),
  /** 5,000 cases in a new process, Node's start and the imports included. */
  wholeMs5000: least(inProcess, ({ wallMs }) => wallMs),
  wholeCpuMs5000: least(inProcess, ({ answer }) => answer.wholeCpuMs),
  maxRssMb5000: least(inProcess, ({ answer }) => answer.maxRssMb),
  replayedMsPerCase: least(replayed, ({ answer }) => answer.ms / REPLAYED),
  replayedCpuMsPerCase: least(replayed, ({ answer }) => answer.cpuMs / REPLAYED),
  /** 10,000 resamples of 5,000 cases. */
  bootstrapMs: least(bootstraps, ({ wallMs }) => wallMs),
  bootstrapCpuMs: least(bootstraps, ({ cpuMs }) => cpuMs),
  /** Own code of evals in the package, with the two packages that only they need. */
  installMb: installMb(),
};
const environment = { node: process.version, cpus: cpus().length, platform: process.platform, rounds: ROUNDS };
if (process.argv.includes("--json")) console.log(JSON.stringify({ figures, environment }));
else console.table(figures);

/** The fastest of some rounds says most on a machine that does other things as well. */
function rounds<T>(work: () => T): readonly T[] {
  return Array.from({ length: ROUNDS }, work);
}

function program<T>(file: string, cases: number): { readonly answer: T; readonly wallMs: number } {
  const startedAt = performance.now();
  const path = resolve(import.meta.dirname, "evals", file);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, String(cases)], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ended with ${status}: ${stderr}`);
  return { answer: JSON.parse(stdout) as T, wallMs: performance.now() - startedAt };
}

function bootstrap(): { readonly wallMs: number; readonly cpuMs: number } {
  const cases = Array.from({ length: CASES }, (_, at) => ({
    id: `case-${at}`,
    before: [1, at % 3 === 0 ? 0 : 1, 1],
    after: [1, at % 4 === 0 ? 0 : 1, 1],
  }));
  const startedAt = performance.now();
  const before = process.cpuUsage();
  compare(cases, { resamples: RESAMPLES });
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

function installMb(): number {
  const root = resolve(import.meta.dirname, "..");
  const parts = ["dist/evals", "dist/cli/evals", "node_modules/csv-parse", "node_modules/fastest-levenshtein"];
  return round(parts.reduce((sum, part) => sum + bytesIn(join(root, part)), 0) / 1024 / 1024);
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function least<T>(all: readonly T[], pick: (one: T) => number): number {
  return round(Math.min(...all.map(pick)));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
