import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";

import { DEFAULT_TENANT, newRunId, parseSessionId, parseThreadId } from "../../core/ids.ts";
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

/** Baton's saver of a claimed run: every write carries the fence. */
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
          pins: { prompts: [], model: { ref: "none", settings: {} }, fingerprint: "none" },
        },
        [],
      );
      const outcome = await store.runs.claim({ run: id, owner: "bench", leaseMs: 3_600_000, from: ["queued"] });
      if (!outcome.claimed) throw new Error("The benchmark could not claim its own run.");
      return { saver: await store.saver(outcome.fence), thread };
    },
    close: async () => await store.close(),
  };
}
