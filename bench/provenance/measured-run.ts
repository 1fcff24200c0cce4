import { END, type LangGraphRunnableConfig, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";

import { taskFrom } from "../../agents/task.ts";
import { DEFAULT_TENANT, parseSessionId, parseThreadId, type RunId } from "../../core/ids.ts";
import { newRunId } from "../../core/new-run-id.ts";
import { shapeFile } from "../../graph/fingerprint.ts";
import { workflow } from "../../graph/workflow.ts";
import { provenanceLedger, type ProvenanceLedger } from "../../runs/provenance-ledger.ts";
import type { Store } from "../../runs/store.ts";

const MODEL = { ref: "openai/gpt-5-mini", settings: { temperature: 0 } };
const PROMPT = { prompt: `brief/write@${"b10b".repeat(10)}`, closure: "c105e7".repeat(11).slice(0, 64), dirty: false };
const CALL = { model: "gpt-5-mini-2025-08-07", usage: { inputTokens: 812, outputTokens: 240 }, costUsd: 0.000683 };

const State = new StateSchema({ count: z.number().default(0), text: z.string().default(""), limit: z.number() });

/** Does what an agent does to its ledger: one prompt, one answer that is paid for. */
function graphFor(ledger: ProvenanceLedger | undefined) {
  return new StateGraph(State)
    .addNode("step", ({ count }, config: LangGraphRunnableConfig) => {
      const task = taskFrom(config);
      ledger?.begin(task);
      ledger?.see({ type: "prompt_rendered", ...task, ...PROMPT });
      ledger?.see({ type: "model_called", ...task, ...CALL, ms: 900, replayed: false });
      return { count: count + 1, text: `${count} `.repeat(250) };
    })
    .addEdge(START, "step")
    .addConditionalEdges("step", ({ count, limit }) => (count < limit ? "step" : END), ["step", END]);
}

export interface MeasuredRun {
  readonly id: RunId;
  readonly ms: number;
  /** Of this process; says something on a busy machine, too. */
  readonly cpuMs: number;
}

/** Takes a run of so many steps through the store's saver, with what its values are made from or without. */
export async function measuredRun(store: Store, steps: number, on: boolean): Promise<MeasuredRun> {
  const id = newRunId();
  const flow = workflow({ id: "bench", graph: graphFor(undefined) });
  const shape = shapeFile(flow);
  const pins = {
    prompts: [{ name: "brief/write", ref: PROMPT.prompt, closure: PROMPT.closure, dirty: false, files: [] }],
    model: MODEL,
    fingerprint: shape.id,
  };
  const row = { tenant: DEFAULT_TENANT, workflow: "bench", thread: parseThreadId(id), session: parseSessionId(id) };
  const created = await store.runs.create({ id, ...row, input: {}, pins }, [shape]);
  const claim = await store.runs.claim({ run: id, owner: "bench/1/1/a", leaseMs: 600_000, from: ["queued"] });
  if (!claim.claimed) throw new Error("The run could not be taken.");
  const ledger = on ? provenanceLedger({ run: created, workflow: flow, model: MODEL }) : undefined;
  const saver = await store.saver(claim.fence, ledger);
  const compiled = graphFor(ledger).compile({ checkpointer: saver });
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const config = { configurable: { thread_id: id }, recursionLimit: steps + 5, durability: "sync" as const };
  const state = await compiled.invoke({ limit: steps }, config);
  const ms = performance.now() - from;
  const cpu = process.cpuUsage(cpuFrom);
  await store.runs.settle(claim.fence, { status: "completed", state: { ...state } });
  return { id, ms, cpuMs: (cpu.user + cpu.system) / 1_000 };
}
