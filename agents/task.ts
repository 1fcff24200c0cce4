import type { LangGraphRunnableConfig } from "@langchain/langgraph";

import type { TaskRef } from "../core/events.ts";

/** Says which task of the run a node's config belongs to; outside a graph (a unit test) it is step 1 of a task named "direct". */
export function taskFrom(config: LangGraphRunnableConfig): TaskRef {
  const { executionInfo, metadata } = config;
  const step: unknown = metadata?.["langgraph_step"];
  const node: unknown = metadata?.["langgraph_node"];
  return {
    step: typeof step === "number" ? step : 1,
    node: typeof node === "string" ? node : "direct",
    taskId: executionInfo?.taskId ?? "direct",
    namespace: parentNamespace(executionInfo?.checkpointNs ?? ""),
    attempt: executionInfo?.nodeAttempt ?? 1,
  };
}

/** A task's own namespace ends in `node:task`; what is before it is the namespace of the graph that runs it. */
function parentNamespace(taskNamespace: string): string {
  return taskNamespace.split("|").slice(0, -1).join("|");
}
