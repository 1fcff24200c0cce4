import { BatonError } from "../core/errors.ts";
import { parseRunId } from "../core/ids.ts";
import type { Run } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import { openProjectStore } from "./open-store.ts";

export interface StoredRun {
  readonly store: Store;
  readonly run: Run;
}

/** Reads from the project's store, with the run that is named; neither the config file nor LangGraph is loaded. Throws `unknown-run`. */
export async function withStoredRun<T>(id: string, work: (stored: StoredRun) => Promise<T>): Promise<T> {
  const runId = parseRunId(id);
  const store = await openProjectStore();
  try {
    const run = await store?.runs.get(runId);
    if (store !== undefined && run !== undefined) return await work({ store, run });
    throw new BatonError("unknown-run", `There is no run \`${runId}\` in this project.`, {
      hint: "List the runs with: baton runs",
    });
  } finally {
    await store?.close();
  }
}
