import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";

import { DEFAULT_TENANT, parseSessionId, parseThreadId } from "../../core/ids.ts";
import { newRunId } from "../../core/new-run-id.ts";
import { digest } from "../../core/json.ts";
import type { ProvenanceSource, TaskFacts } from "../../runs/store.ts";
import { openPostgresStore } from "../../store/postgres/store.ts";

/** One of the two savers under test. */
export interface Contestant {
  readonly name: "stock" | "baton";
  /** A saver for a new run, and the run's thread. */
  begin(): Promise<{ readonly saver: BaseCheckpointSaver; readonly thread: string }>;
  close(): Promise<void>;
}

const CONNECTIONS = 10;

/** LangGraph's own saver, as its documentation uses it. */
export async function stock(url: string): Promise<Contestant> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  const saver = new PostgresSaver(pool);
  await saver.setup();
  return {
    name: "stock",
    begin: async () => await Promise.resolve({ saver, thread: newRunId() }),
    close: async () => await saver.end(),
  };
}

const PROMPT = { ref: `brief/write@${"b10b".repeat(10)}`, closure: "c105e7".repeat(11).slice(0, 64) };
const MODEL = { ref: "openai/gpt-5-mini", settings: { temperature: 0 } };

/** What an agent is made from that reads a field, renders a prompt and calls a model once. */
function agentOf(run: string): ProvenanceSource {
  const settings = digest(MODEL.settings).slice(0, 16);
  const facts: TaskFacts = {
    run,
    step: undefined,
    node: undefined,
    attempt: 1,
    kind: "agent",
    reads: ["step"],
    prompts: [PROMPT],
    models: [{ ref: MODEL.ref, settings }],
    usage: { inputTokens: 812, outputTokens: 240 },
    costUsd: undefined,
    calls: [],
    recalls: [],
  };
  return { pins: PINS, factsOf: ({ node }) => ({ ...facts, node }) };
}

const PINS = {
  prompts: [{ name: "brief/write", ...PROMPT, dirty: false, files: [] }],
  model: MODEL,
  fingerprint: "none",
};

/** Baton's saver of a claimed run: every write carries the fence, and what it was made from. */
export async function baton(url: string): Promise<Contestant> {
  const store = await openPostgresStore({ url, connections: CONNECTIONS });
  return {
    name: "baton",
    async begin() {
      const id = newRunId();
      const thread = parseThreadId(id);
      await store.runs.create(
        {
          id,
          tenant: DEFAULT_TENANT,
          workflow: "bench",
          thread,
          session: parseSessionId(id),
          input: {},
          pins: PINS,
        },
        [],
      );
      const outcome = await store.runs.claim({ run: id, owner: "bench", leaseMs: 3_600_000, from: ["queued"] });
      if (!outcome.claimed) throw new Error("The benchmark could not claim its own run.");
      return { saver: await store.saver(outcome.fence, agentOf(id)), thread };
    },
    close: async () => await store.close(),
  };
}
