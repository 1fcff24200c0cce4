import type { RunEvent } from "../core/events.ts";
import { isJsonObject, type JsonValue } from "../core/json.ts";
import type { Trace, TracedNode, TracedTool } from "./scorer.ts";

/** What the events of one execution say of its cost and its way. `states` gives the state after each step, where it is known. */
export function traceOf(
  events: readonly RunEvent[],
  ms: number,
  states: ReadonlyMap<number, TracedNode["state"]> = new Map(),
): Trace {
  const calls = events.filter((event) => event.type === "model_called");
  const costs = calls.flatMap(({ costUsd }) => (costUsd === undefined ? [] : [costUsd]));
  return {
    ms,
    usage: {
      inputTokens: calls.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
      outputTokens: calls.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
    },
    modelCalls: calls.filter(({ replayed }) => !replayed).length,
    // One call of unknown cost makes the whole unknown.
    ...(costs.length === calls.length ? { costUsd: costs.reduce((sum, cost) => sum + cost, 0) } : {}),
    tools: events.flatMap(toolOf),
    nodes: nodesOf(events, states),
  };
}

function toolOf(event: RunEvent): readonly TracedTool[] {
  return event.type === "tool_called" ? [{ name: event.tool, arguments: event.arguments }] : [];
}

function nodesOf(events: readonly RunEvent[], states: ReadonlyMap<number, TracedNode["state"]>): readonly TracedNode[] {
  return events.flatMap((event) => {
    if (event.type !== "task_completed") return [];
    const { node, step, update, taskId } = event;
    const recalls = events.filter((other) => other.type === "memory_recalled" && other.taskId === taskId);
    return [
      {
        node,
        step,
        writes: isJsonObject(update) ? Object.keys(update) : [],
        state: states.get(step) ?? (isJsonObject(update) ? update : {}),
        layers: recalls.flatMap((recall) => ("route" in recall ? layersOf(recall.route) : [])),
      },
    ];
  });
}

function layersOf(route: JsonValue): readonly string[] {
  const layers = isJsonObject(route) ? route["layers"] : undefined;
  return Array.isArray(layers) ? layers.filter((layer) => typeof layer === "string") : [];
}
