import type { StoredEvent, TaskRef } from "../../core/events.ts";
import { isJsonObject, type JsonValue } from "../../core/json.ts";
import { diagramOf } from "../../graph/diagram.ts";
import { toSvg } from "../../graph/diagram-svg.ts";
import { readShape } from "../../graph/fingerprint.ts";
import type { WorkflowShape } from "../../graph/shape.ts";
import { stepsOf, type StepSummary } from "../../runs/history.ts";
import type { Why } from "../../runs/provenance/answer-of-why.ts";
import { changesOfRun, type TaskChange } from "../../runs/provenance/step-changes.ts";
import { whyOf } from "../../runs/provenance/why.ts";
import type { Run } from "../../runs/run.ts";
import type { Store } from "../../runs/store.ts";
import { type RunUsage, usageOf } from "../run-document.ts";

/** All that a report of a run tells. */
export interface ReportData {
  readonly run: Run;
  readonly events: readonly StoredEvent[];
  readonly steps: readonly StepSummary[];
  readonly usage: RunUsage;
  readonly changes: readonly TaskChange[];
  /** The fields of the state that something was written to, the latest first. */
  readonly fields: readonly { readonly name: string; readonly value: JsonValue; readonly why: Why }[];
  /** The graph as the run began on it; undefined when its shape is not stored. */
  readonly picture: string | undefined;
}

/** Reads everything a report needs. Loads neither LangGraph nor the project's config. */
export async function reportData(store: Store, run: Run): Promise<ReportData> {
  const events = await store.events.read(run.id, 0);
  const changes = await changesOfRun(store, run);
  const state = "state" in run ? run.state : {};
  const lastWritten = new Map(changes.flatMap((task, at) => task.changes.map(({ field }) => [field, at] as const)));
  const fields = [];
  // What the run came to is what people look for; what it was given stands last.
  const latestFirst = [...lastWritten].toSorted(([, one], [, other]) => other - one);
  for (const [name] of latestFirst) {
    const value = state[name];
    if (value !== undefined) fields.push({ name, value, why: await whyOf(store, run, { path: name, depth: 3 }) });
  }
  return {
    run,
    events,
    steps: stepsOf(events),
    usage: usageOf(events),
    changes,
    fields,
    picture: await pictureOf(store, run, changes),
  };
}

async function pictureOf(store: Store, run: Run, changes: readonly TaskChange[]): Promise<string | undefined> {
  const text = await store.blobs.get(run.pins.fingerprint);
  const shape: WorkflowShape | undefined = text === undefined ? undefined : readShape(run.pins.fingerprint, text);
  if (shape === undefined) return undefined;
  const agents = new Set(changes.flatMap(({ writer }) => (writer.kind === "agent" ? [writer.node] : [])));
  const nodes = Object.entries(shape.nodes).map(([name, { rights, subgraph }]) => {
    const inner = subgraph?.entry?.workflow;
    const kind = inner !== undefined ? "workflow" : agents.has(name) ? "agent" : "node";
    const workflow = inner === undefined ? {} : { workflow: inner };
    return { name, rights: rights === undefined ? undefined : ({ ...rights, kind, ...workflow } as const) };
  });
  const joins = shape.joins.flatMap(({ from, to }) => from.map((one) => ({ from: one, to, conditional: false })));
  return await toSvg(diagramOf({ id: run.workflow, nodes, edges: [...shape.edges, ...joins] }));
}

/** How long each task took and when it began, from the events; in the order in which they began. */
export function timelineOf(events: readonly StoredEvent[]): readonly Bar[] {
  const started = new Map<string, Bar>();
  const bars: Bar[] = [];
  for (const event of events) {
    if (event.type === "task_started") {
      started.set(event.taskId, {
        step: event.step,
        node: nodePath(event),
        from: event.at,
        to: event.at,
        failed: false,
      });
    } else if (event.type === "task_completed" || event.type === "task_failed") {
      const begun = started.get(event.taskId);
      started.delete(event.taskId);
      if (begun !== undefined) bars.push({ ...begun, to: event.at, failed: event.type === "task_failed" });
    }
  }
  return [...bars, ...started.values()].toSorted((a, b) => a.from - b.from);
}

/** In a graph inside a node: `outer/inner`. */
function nodePath({ namespace, node }: TaskRef): string {
  const outer = namespace.split("|").filter((part) => part.includes(":"));
  return [...outer.map((part) => part.slice(0, part.lastIndexOf(":"))), node].join("/");
}

export interface Bar {
  readonly step: number;
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly failed: boolean;
}

/** A value as text: strings as they are, all else as indented JSON. */
export function textOf(value: JsonValue): string {
  return typeof value === "string"
    ? value
    : JSON.stringify(value, undefined, isJsonObject(value) || Array.isArray(value) ? 2 : 0);
}
