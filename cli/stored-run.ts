import { parseRunId } from "../core/ids.ts";
import { knownRun, unknownRun } from "../runs/known-run.ts";
import type { Run } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import { openProjectStore } from "./open-store.ts";

export interface StoredRun {
  readonly store: Store;
  readonly run: Run;
}

/** Reads from the project's store, with the run that is named; neither the config file nor LangGraph is loaded. Throws `unknown-run`. */
export async function withStoredRun<T>(id: string, work: (stored: StoredRun) => Promise<T>): Promise<T> {
  const parsed = parseRunId(id);
  const store = await openProjectStore();
  if (store === undefined) throw unknownRun(parsed);
  try {
    return await work({ store, run: await knownRun(store, parsed) });
  } finally {
    await store.close();
  }
}

/** A run of a store; throws `unknown-run`. */
export async function storedRun(store: Store, id: string): Promise<Run> {
  return await knownRun(store, parseRunId(id));
}
