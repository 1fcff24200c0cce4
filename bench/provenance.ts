import { mkdtemp, rm } from "node:fs/promises";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";

import { DEFAULT_TENANT, parseSessionId, parseThreadId } from "../dist/core/ids.js";
import { newRunId } from "../dist/core/new-run-id.js";
import { shapeFile } from "../dist/graph/fingerprint.js";
import { workflow } from "../dist/graph/workflow.js";
import { provenanceLedger } from "../dist/runs/provenance-ledger.js";
import { whyOf } from "../dist/runs/provenance/why.js";
import { openStore } from "../dist/store/connect.js";

/** What it costs to store what values were made from, beside the same run without, and how fast a long run is questioned. */
const { values: flags } = parseArgs({
  options: { json: { type: "boolean" }, rounds: { type: "string", default: "15" } },
});
const STEPS = 20;
const LONG = 1000;
const MODEL = { ref: "none", settings: {} };

const State = new StateSchema({ count: z.number().default(0), text: z.string().default(""), limit: z.number() });
const graph = new StateGraph(State)
  .addNode("step", ({ count }) => ({ count: count + 1, text: `${count} `.repeat(250) }))
  .addEdge(START, "step")
  .addConditionalEdges("step", ({ count, limit }) => (count < limit ? "step" : END), ["step", END]);
const flow = workflow({ id: "bench", graph });

const folder = await mkdtemp(join(tmpdir(), "baton-bench-"));
const store = await openStore({ folder });

async function run(
  steps: number,
  on: boolean,
): Promise<{ readonly ms: number; readonly id: ReturnType<typeof newRunId> }> {
  const id = newRunId();
  const shape = shapeFile(flow);
  const pins = { prompts: [], model: MODEL, fingerprint: shape.id };
  const row = { tenant: DEFAULT_TENANT, workflow: "bench", thread: parseThreadId(id), session: parseSessionId(id) };
  const created = await store.runs.create({ id, ...row, input: {}, pins }, [shape]);
  const claim = await store.runs.claim({ run: id, owner: "bench/1/1/a", leaseMs: 600_000, from: ["queued"] });
  if (!claim.claimed) throw new Error("The run could not be taken.");
  const ledger = provenanceLedger({ run: created, workflow: flow, model: MODEL });
  const saver = await store.saver(claim.fence, on ? ledger : undefined);
  const compiled = graph.compile({ checkpointer: saver });
  const from = performance.now();
  const config = { configurable: { thread_id: id }, recursionLimit: steps + 5, durability: "sync" as const };
  const state = await compiled.invoke({ limit: steps }, config);
  const ms = performance.now() - from;
  await store.runs.settle(claim.fence, { status: "completed", state: { ...state } });
  return { ms, id };
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
await run(STEPS, true);
await run(STEPS, false);
const pairs: { readonly on: number; readonly off: number }[] = [];
for (let round = 0; round < Number(flags.rounds); round += 1) {
  // Which of the two goes first changes, so that neither profits from the other.
  const first = await run(STEPS, round % 2 === 0);
  const second = await run(STEPS, round % 2 !== 0);
  pairs.push(round % 2 === 0 ? { on: first.ms, off: second.ms } : { on: second.ms, off: first.ms });
}
const long = await run(LONG, true);
const stored = await store.connection.read(() =>
  store.connection
    .statement<{ readonly bytes: number }>(
      "select sum(octet_length(origin)) as bytes from checkpoint_writes where thread = ?",
    )
    .get(long.id),
);
const whyMs: number[] = [];
const questioned = await store.runs.get(long.id);
if (questioned === undefined) throw new Error("The run is gone.");
for (let round = 0; round < 5; round += 1) {
  const from = performance.now();
  await whyOf(store, questioned, { path: "text" });
  whyMs.push(performance.now() - from);
}
const figures = {
  provenance_time_ratio: median(pairs.map(({ on, off }) => on / off)),
  provenance_bytes_per_step: Math.round((stored?.bytes ?? 0) / LONG),
  provenance_why_1000_steps_ms: Math.round(median(whyMs)),
};
await store.close();
await rm(folder, { recursive: true });

const environment = {
  node: process.version,
  platform: `${platform()} ${arch()}`,
  cpus: cpus().length,
  store: "SQLite",
};
if (flags.json === true) process.stdout.write(`${JSON.stringify({ figures, environment }, undefined, 2)}\n`);
else {
  process.stdout.write(`time with provenance, as a ratio   ${figures.provenance_time_ratio.toFixed(3)}  (goal 1.10)\n`);
  process.stdout.write(`bytes per step                     ${figures.provenance_bytes_per_step}    (goal 512)\n`);
  process.stdout.write(`why on a run of 1,000 steps, ms    ${figures.provenance_why_1000_steps_ms}    (goal 300)\n`);
}
