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
  parseRunId(id);
  const store = await openProjectStore();
  try {
    return await work({ store: store ?? unknown(id), run: await storedRun(store ?? unknown(id), id) });
  } finally {
    await store?.close();
  }
}

/** A run of a store; throws `unknown-run`. */
export async function storedRun(store: Store, id: string): Promise<Run> {
  return (await store.runs.get(parseRunId(id))) ?? unknown(id);
}

function unknown(id: string): never {
  throw new BatonError("unknown-run", `There is no run \`${id}\`.`, {
    hint: "List the runs with: baton runs",
  });
}
