import { parentPort, workerData } from "node:worker_threads";

import fc from "fast-check";

import { promptCase, runCase } from "../tests/prompts/prompt-cases.ts";

interface Finding {
  readonly case: number;
  readonly what: string;
  readonly files: unknown;
}

/** Runs one batch of cases; the shared numbers tell the main thread which case is under way. */
parentPort?.once("message", (buffer: SharedArrayBuffer) => {
  const { seed, count } = workerData as { readonly seed: number; readonly count: number };
  const shared = new Int32Array(buffer);
  const totals = { rendered: 0, refused: 0, slowestMs: 0 };
  const findings: Finding[] = [];
  for (const [at, one] of fc.sample(promptCase, { seed, numRuns: count }).entries()) {
    Atomics.store(shared, 0, at);
    Atomics.store(shared, 1, 1);
    const before = process.threadCpuUsage();
    const outcome = runCase(one);
    totals.slowestMs = Math.max(totals.slowestMs, process.threadCpuUsage(before).user / 1000);
    Atomics.store(shared, 1, 0);
    if (outcome.kind === "defect") findings.push({ case: at, what: outcome.what, files: one });
    else totals[outcome.kind] += 1;
  }
  parentPort?.postMessage({ ...totals, findings });
});
