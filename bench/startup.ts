// Measures how long commands take to start, each run paired with `node -e 0`: `npm run bench:startup [-- --json]`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BIN = resolve(import.meta.dirname, "../dist/cli/bin.js");
const ROUNDS = 25;
const COMMANDS = { node: ["-e", "0"], help: [BIN, "--help"], runs: [BIN, "runs"] } as const;
type Command = keyof typeof COMMANDS;

const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
writeFileSync(join(folder, "baton.config.ts"), "throw new Error('`runs` must not load the config');\n");
try {
  const medians = measure();
  const figures = {
    nodeMs: medians.node,
    helpMsMore: round(medians.help - medians.node),
    runsMsMore: round(medians.runs - medians.node),
  };
  const environment = { node: process.version, cpus: cpus().length, platform: process.platform, rounds: ROUNDS };
  if (process.argv.includes("--json")) console.log(JSON.stringify({ figures, environment }));
  else console.table(figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Medians in milliseconds; the commands take turns, so that a slow moment of the machine meets all of them. */
function measure(): Readonly<Record<Command, number>> {
  const times: Record<Command, number[]> = { node: [], help: [], runs: [] };
  for (let turn = 0; turn <= ROUNDS; turn += 1) {
    for (const command of ["node", "help", "runs"] as const) {
      const startedAt = performance.now();
      const { status, stderr } = spawnSync(process.execPath, COMMANDS[command], { cwd: folder, encoding: "utf8" });
      if (status !== 0) throw new Error(`\`${command}\` ended with ${status}: ${stderr}`);
      // The first turn warms the disk cache and makes the store's file.
      if (turn > 0) times[command].push(performance.now() - startedAt);
    }
  }
  return { node: median(times.node), help: median(times.help), runs: median(times.runs) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
