import type { StoredEvent } from "../core/events.ts";
import { stepsOf, type StepSummary } from "../runs/history.ts";
import { counted } from "./counted.ts";
import { printDuration } from "./duration.ts";
import { printUsd } from "./money.ts";
import type { Paint } from "./paint.ts";
import { rowName } from "./step-rows.ts";

/** The events of one task so far, oldest first. */
export type TaskEvents = readonly StoredEvent[];

const NODE_WIDTH = 14;

/** One line about a task that has ended: step, node, time, tokens, cost, model calls read back, memory layers. */
export function endedLine(events: TaskEvents, paint: Paint): string {
  const summary = ownStep(events);
  if (summary === undefined) return "";
  const mark = summary.outcome === "failed" ? paint("red", "✗") : paint("green", "✓");
  return `${mark} ${line(summary, summary.ms, events)}${paint("dim", details(summary, events))}`;
}

/** One line about a task under way. */
export function runningLine(events: TaskEvents, now: number, paint: Paint): string {
  const summary = ownStep(events);
  if (summary === undefined) return "";
  const startedAt = events.find((event) => event.type === "task_started")?.at ?? now;
  return `${paint("cyan", "…")} ${line(summary, now - startedAt, events)}${paint("dim", details(summary, events))}`;
}

/** The task by itself, wherever it stands. */
function ownStep(events: TaskEvents): StepSummary | undefined {
  return stepsOf(events.map((event) => ("namespace" in event ? { ...event, namespace: "" } : event)))[0];
}

function line({ step, node }: StepSummary, ms: number | undefined, events: TaskEvents): string {
  const attempt = events.filter((event) => event.type === "task_started").at(-1);
  const retry =
    attempt !== undefined && "attempt" in attempt && attempt.attempt > 1 ? ` (attempt ${attempt.attempt})` : "";
  const depth = attempt !== undefined && "namespace" in attempt ? placesIn(attempt.namespace) : 0;
  return `${String(step).padStart(3)}  ${`${rowName({ node, depth })}${retry}`.padEnd(NODE_WIDTH)}  ${(ms === undefined ? "" : printDuration(ms)).padStart(9)}`;
}

/** How many nodes a namespace leads through. */
function placesIn(namespace: string): number {
  return namespace.split("|").filter((part) => part.includes(":")).length;
}

function details({ tokens, replayedCalls, costUsd }: StepSummary, events: TaskEvents): string {
  const layers = memoryLayers(events);
  const parts = [
    ...(tokens > 0 ? [`${tokens} tokens`] : []),
    ...(costUsd !== null && costUsd > 0 ? [printUsd(costUsd)] : []),
    ...(replayedCalls > 0 ? [`${counted(replayedCalls, "call")} read back`] : []),
    ...(layers.length > 0 ? [`memory: ${layers.join(", ")}`] : []),
  ];
  return parts.length === 0 ? "" : `  ${parts.join(" · ")}`;
}

/** The layers that the router asked for this task. */
export function memoryLayers(events: TaskEvents): readonly string[] {
  const asked = events.flatMap((event) =>
    event.type === "memory_recalled" && Array.isArray(event.route["layers"]) ? event.route["layers"] : [],
  );
  return [...new Set(asked.filter((layer) => typeof layer === "string"))];
}
