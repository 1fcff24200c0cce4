import type { Registry } from "../graph/registry.ts";
import { everyRun } from "./every-run.ts";
import { HOLDING_STATUSES, type Run } from "./run.ts";
import type { Store } from "./store.ts";
import { examineChange } from "./workflow-change.ts";

/** A stored run that cannot simply go on under the workflows of today. */
export interface ChangedRun {
  readonly runId: string;
  readonly workflow: string;
  readonly status: Run["status"];
  /** What is in its way, in words. */
  readonly reasons: readonly string[];
}

/** What the workflows of today mean for all runs that have not come to their end. */
export interface RunsCheck {
  readonly checked: number;
  /** They cannot go on. */
  readonly broken: readonly ChangedRun[];
  /** They go on once their migrations are applied. */
  readonly migratable: readonly ChangedRun[];
}

/** Compares every run that can still go on with its workflow of today. Reads only, and executes nothing. */
export async function checkRuns(store: Store, registry: Registry): Promise<RunsCheck> {
  const broken: ChangedRun[] = [];
  const migratable: ChangedRun[] = [];
  let checked = 0;
  for (const status of HOLDING_STATUSES) {
    for await (const run of everyRun(store, { status })) {
      checked += 1;
      const found = await changeOf({ store, registry }, run);
      if (found === undefined) continue;
      const { id: runId, workflow } = run;
      (found.kind === "broken" ? broken : migratable).push({ runId, workflow, status, reasons: found.reasons });
    }
  }
  return { checked, broken, migratable };
}

interface Found {
  readonly kind: "broken" | "migration";
  readonly reasons: readonly string[];
}

async function changeOf(
  { store, registry }: { readonly store: Store; readonly registry: Registry },
  run: Run,
): Promise<Found | undefined> {
  const workflow = registry.all.find(({ id }) => id === run.workflow);
  if (workflow === undefined) return { kind: "broken", reasons: [`workflow \`${run.workflow}\` is gone`] };
  const change = await examineChange({ store, run, workflow });
  if (change.kind !== "broken" && change.kind !== "migration") return undefined;
  const reasons = change.changes.filter(({ blocks }) => blocks !== "nothing").map(({ text }) => text);
  return { kind: change.kind, reasons };
}
