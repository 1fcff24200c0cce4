import type { RunnableConfig } from "@langchain/core/runnables";
import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

/**
 * The metadata of a checkpoint that a person made, with who it was and why: `graph.updateState({ configurable: { thread_id, by, reason } }, …)`.
 * LangGraph itself notes only that there was an update.
 */
export function withEditNote(config: RunnableConfig, metadata: CheckpointMetadata): CheckpointMetadata {
  if (metadata.source !== "update" && metadata.source !== "fork") return metadata;
  const { by, reason }: Readonly<Record<string, unknown>> = config.configurable ?? {};
  return {
    ...metadata,
    ...(typeof by === "string" ? { by } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
  };
}
