import type { JsonObject } from "../../core/json.ts";
import type { TaskProvenance, WriterKind } from "../../core/provenance.ts";

/** One change of the state in the history of a run. */
export interface Writing {
  readonly run: string;
  readonly threadKey: string;
  readonly namespace: string;
  /** The checkpoint from which the task began, or that was put in the place of another one; undefined for a fork's own values. */
  readonly checkpoint: string | undefined;
  readonly task: string | undefined;
  readonly path: string;
  readonly step: number;
  readonly node: string | undefined;
  readonly attempt: number;
  readonly kind: Exclude<WriterKind, "reducer">;
  readonly fields: readonly string[];
  /** What a task made it from. */
  readonly provenance: TaskProvenance | undefined;
  /** What a person set by hand. */
  readonly set?: JsonObject;
  readonly by?: string;
  readonly reason?: string;
}

/** The writings of one graph, in the order in which they took effect; for a graph inside a node, also where that node stands. */
export interface History {
  readonly writings: readonly Writing[];
  readonly outer?: { readonly history: History; readonly writing: Writing };
}

/** Tells a writing from all others. */
export function keyOf({ run, checkpoint, task, step, kind }: Writing): string {
  return JSON.stringify([run, checkpoint, task, step, kind]);
}

/** How many writings had taken effect when a writing began: tasks of one step do not see each other. */
export function beginningOf({ writings }: History, writing: Writing): number {
  const at = writings.findIndex(
    (one) => one === writing || (one.run === writing.run && one.step === writing.step && one.kind !== "migration"),
  );
  const own = writings.indexOf(writing);
  // What a person or a migration changed stands before the tasks of its step.
  return writing.kind === "human" || writing.kind === "migration" ? own : at === -1 ? own : Math.min(at, own);
}
