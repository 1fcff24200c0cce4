// Kills a process at every point of the reference workflows, on both stores, and says what was left.
// npm run test:chaos -- [--json] [--at-once N] [--only sqlite:linear] [--every N] [--report FILE]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

import pLimit from "p-limit";

import { startOwn } from "../support/provision.ts";
import { crashTest } from "./crash-points.ts";
import type { Crash, Verdict } from "./crash-verdict.ts";
import { REMEMBERING } from "./remembering.ts";
import { broken, environment, figuresOf, table } from "./report.ts";
import { victims } from "./victims.ts";
import type { Place } from "./work.ts";
import { WORKLOADS } from "./workflows.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    "at-once": { type: "string", default: "2" },
    only: { type: "string" },
    every: { type: "string", default: "1" },
    report: { type: "string" },
  },
});

process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "baton-compile-cache");
const atOnce = Number(options["at-once"]);
const every = Number(options.every);
const folder = await mkdtemp(join(tmpdir(), "baton-crash-points-"));
const server = await startOwn("postgres");
const processes = victims(atOnce + 1);
const results: { readonly store: string; readonly workflow: string; readonly verdicts: readonly Verdict[] }[] = [];
const startedAt = performance.now();
try {
  for (const store of ["postgres", "sqlite"] as const) {
    for (const workflow of [...WORKLOADS, REMEMBERING]) {
      if (!`${store}:${workflow}`.startsWith(options.only ?? "")) continue;
      results.push({ store, workflow, verdicts: await tryAll(store, workflow) });
      await report();
    }
  }
} finally {
  await processes.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
const bad = results.flatMap(({ verdicts }) => broken(verdicts));
process.exitCode = bad.length === 0 ? 0 : 1;

async function tryAll(store: "sqlite" | "postgres", workflow: string): Promise<readonly Verdict[]> {
  const place: Place = {
    folder: join(folder, `${store}-${workflow}`),
    ...(store === "postgres" ? { databaseUrl: server.url } : {}),
  };
  await mkdir(place.folder, { recursive: true });
  const test = await crashTest(place, processes);
  try {
    const crashes = (await test.crashes(workflow)).filter((_, index) => index % every === 0);
    const limit = pLimit(atOnce);
    let done = 0;
    const verdicts = await Promise.all(
      batches(crashes, store).map((batch) =>
        limit(async () => {
          const some = await test.attempt(batch);
          done += batch.length;
          for (const verdict of broken(some)) process.stderr.write(`${JSON.stringify(verdict)}\n`);
          process.stderr.write(`${store} ${workflow}: ${done} of ${crashes.length}\n`);
          return some;
        }),
      ),
    );
    return verdicts.flat();
  } finally {
    await test.close();
  }
}

/** Runs on a server can be held at their points until one kill takes them all; of a run in files, copies can be kept. */
function batches(crashes: readonly Crash[], store: "sqlite" | "postgres"): readonly (readonly Crash[])[] {
  const size = store === "postgres" ? 12 : 60;
  return Array.from({ length: Math.ceil(crashes.length / size) }, (_, n) => crashes.slice(n * size, (n + 1) * size));
}

async function report(): Promise<void> {
  const rows = results.map(({ store, workflow, verdicts }) => {
    const { points, killed, ...rest } = figuresOf(verdicts);
    return [store, workflow, points, killed, ...Object.values(rest)];
  });
  const all = figuresOf(results.flatMap(({ verdicts }) => verdicts));
  const { date, commit, node, cpus } = environment();
  const text = [
    `# Crash points, ${date}`,
    "",
    `Commit \`${commit}\`, Node ${node}, ${cpus} cores, ${Math.round((performance.now() - startedAt) / 1000)} s. Command: \`npm run test:chaos -- ${process.argv.slice(2).join(" ")}\`.`,
    "",
    "A process works a run and is killed with SIGKILL before or after one SQL statement, or at the edge of a node or of an effect; another process",
    "goes on. Points: every statement from the start of the process to the end of the run, twice, and every edge once.",
    "",
    table([
      [
        "store",
        "workflow",
        "points",
        "killed",
        "lost",
        "wrong",
        "committed step repeated",
        "tasks in flight repeated, most",
        "duplicate effects",
      ],
      ...rows,
      [
        "all",
        "",
        all.points,
        all.killed,
        all.lost,
        all.wrong,
        all.committedRepeated,
        all.inFlightRepeatedMost,
        all.duplicateEffects,
      ],
    ]),
    "",
    "On PostgreSQL up to twelve runs share one process; each is held at its own point, sends nothing more, and one SIGKILL ends them all. On SQLite one",
    "process passes up to sixty points: at each the files are copied as they are, which is what a SIGKILL there leaves, and at the last the process is killed.",
    "",
    "A point that was not reached (points − killed) is one where statements of the same moment were fewer than in the run that counted them.",
    "",
  ].join("\n");
  if (options.report !== undefined) {
    await mkdir(dirname(options.report), { recursive: true });
    await writeFile(options.report, text);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ figures: all, environment: environment() })}\n`);
  else process.stdout.write(text);
}
