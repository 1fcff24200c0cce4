import { BatonError } from "../core/errors.ts";
import type { RunId } from "../core/ids.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";

/** Reads a run that has to be there. Throws `unknown-run`. */
export async function knownRun({ runs }: Pick<Store, "runs">, id: RunId): Promise<Run> {
  const run = await runs.get(id);
  if (run === undefined) throw unknownRun(id);
  return run;
}

/** The error that names a run which is not in the store. */
export function unknownRun(id: RunId): BatonError {
  return new BatonError("unknown-run", `There is no run \`${id}\`.`, { hint: "List the runs with: baton runs" });
}
