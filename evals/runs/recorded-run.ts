import type { StoredEvent } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Workflow } from "../../graph/workflow.ts";
import type { Run } from "../../runs/run.ts";
import { statesOfRun } from "../../runs/states-of-run.ts";
import type { Store } from "../../runs/store.ts";
import type { Execution, OpenTarget } from "../target.ts";
import { traceOf } from "../trace.ts";

export interface RecordedRun {
  readonly store: Store;
  readonly run: Run;
  readonly workflow: Workflow;
  /** The run that this one is a fork of, with the step at which it began: what came before is part of its way, not of its cost. */
  readonly upstream?: { readonly execution: Execution; readonly step: number };
}

/** A finished run as an execution that can be scored: its last state, and the way it took. */
export async function executionOf({ store, run, workflow, upstream }: RecordedRun): Promise<Execution> {
  const events = await store.events.read(run.id, 0);
  const states = await statesOfRun(store, run, workflow);
  const own = traceOf(events, msOf(events), states);
  const before = upstream?.execution.trace.nodes.filter(({ step }) => step < upstream.step) ?? [];
  const output: JsonObject = run.status === "completed" ? run.state : {};
  return { output, trace: { ...own, nodes: [...before, ...own.nodes] } };
}

/** A target that answers with what is there already. */
export function recordedTarget(execution: Execution): OpenTarget {
  return { identity: "recorded", pins: [], closures: {}, check() {}, run: async () => execution };
}

function msOf(events: readonly StoredEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === "task_completed" ? event.ms : 0), 0);
}
