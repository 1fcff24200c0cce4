// Sends generated prompt files and inputs through the parser and the renderer: `npm run fuzz [-- --cases 100000 --seed 1 --report <file> --json]`.
// A worker does the work; the main thread watches that no case takes longer than a second, and starts another worker after one that does.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

/** Of processor time: on a busy machine the clock says little. */
const LONGEST_MS = 1000;
const BATCH = 2000;
const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string" },
    report: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const wanted = Number(values.cases);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(seed)) {
  process.stderr.write("--cases is a number of cases, --seed a whole number\n");
  process.exit(64);
}

const totals = { cases: 0, rendered: 0, refused: 0, defects: 0, hangs: 0, slowestMs: 0 };
const findings = [];
const begunAt = performance.now();
for (let batch = 0; totals.cases < wanted && findings.length < 20; batch += 1) {
  await runBatch(seed + batch, Math.min(BATCH, wanted - totals.cases));
}
const seconds = Math.round((performance.now() - begunAt) / 100) / 10;
const environment = { node: process.version, cpus: cpus().length, platform: process.platform };
const figures = { ...totals, slowestMs: Math.round(totals.slowestMs), seconds, seed };
if (values.report !== undefined) writeFileSync(values.report, reportText());
if (values.json) process.stdout.write(`${JSON.stringify({ figures, environment, findings })}\n`);
else {
  process.stdout.write(
    `${Object.entries(figures)
      .map(([name, value]) => `${name.padEnd(10)} ${value}`)
      .join("\n")}\n`,
  );
  for (const finding of findings) process.stdout.write(`${JSON.stringify(finding)}\n`);
}
process.exitCode = totals.defects + totals.hangs === 0 && totals.cases === wanted ? 0 : 1;

/** One batch of cases from one seed, in a worker that is stopped when a case takes too long. */
function runBatch(batchSeed, count) {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("fuzz-worker.ts", import.meta.url), { workerData: { seed: batchSeed, count } });
    // Two numbers: which case is under way, and 1 while it runs.
    const shared = new Int32Array(new SharedArrayBuffer(8));
    let seen = -1;
    let since = process.cpuUsage();
    const guard = setInterval(() => {
      const at = Atomics.load(shared, 0);
      if (at !== seen || Atomics.load(shared, 1) === 0) {
        seen = at;
        since = process.cpuUsage();
      } else if (process.cpuUsage(since).user / 1000 > LONGEST_MS) {
        totals.hangs += 1;
        totals.cases += at + 1;
        findings.push({ seed: batchSeed, case: at, what: `took longer than ${LONGEST_MS} ms` });
        end();
      }
    }, 50);
    function end() {
      clearInterval(guard);
      void worker.terminate().then(() => resolve());
    }
    worker.on("error", (error) => {
      totals.defects += 1;
      totals.cases += count;
      findings.push({ seed: batchSeed, what: `the worker crashed: ${String(error)}` });
      end();
    });
    worker.on("message", (result) => {
      totals.cases += count;
      totals.rendered += result.rendered;
      totals.refused += result.refused;
      totals.defects += result.findings.length;
      totals.slowestMs = Math.max(totals.slowestMs, result.slowestMs);
      findings.push(...result.findings.map((finding) => ({ seed: batchSeed, ...finding })));
      end();
    });
    worker.postMessage(shared.buffer);
  });
}

function reportText() {
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  const rows = Object.entries(figures).map(([name, value]) => `| ${name} | ${value} |`);
  return `# Generated prompts through the parser

Files from nearly right to pure noise, each with a partial, a schema and generated values, are compiled and rendered. Right is: messages, or a
typed error that names a place and quotes nothing of the file. A case that takes longer than a second counts as a hang, anything else as a defect.

| | |
|---|---|
| date | ${new Date().toISOString().slice(0, 10)} |
| commit | \`${commit}\` |
| command | \`npm run fuzz -- --cases ${wanted} --seed ${seed}\` |
| machine | Node ${process.version}, ${environment.cpus} CPUs, ${environment.platform} |
${rows.join("\n")}
${findings.length === 0 ? "\nNothing was found.\n" : `\n\`\`\`json\n${JSON.stringify(findings, undefined, 2)}\n\`\`\`\n`}`;
}
