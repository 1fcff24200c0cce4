import type { RunnableConfig } from "@langchain/core/runnables";
import { getCheckpointId } from "@langchain/langgraph-checkpoint";

import { BatonError } from "../../core/errors.ts";

/** Where checkpoints lie: a thread and, for subgraphs, a namespace in it. */
export interface Lineage {
  readonly thread: string;
  readonly ns: string;
}

/** The lineage a config names, with the checkpoint id if it names one; undefined when it names no thread. */
export function placeOf(config: RunnableConfig): (Lineage & { readonly id: string | undefined }) | undefined {
  const thread = text(config, "thread_id");
  if (thread === undefined) return undefined;
  return { thread, ns: text(config, "checkpoint_ns") ?? "", id: getCheckpointId(config) || undefined };
}

/** Like `placeOf`, for writes: throws `bad-usage` when the config names no thread. */
export function requirePlace(config: RunnableConfig): Lineage & { readonly id: string | undefined } {
  const place = placeOf(config);
  if (place !== undefined) return place;
  throw new BatonError("bad-usage", "A checkpoint cannot be stored without `configurable.thread_id`.", {
    hint: 'Pass { configurable: { thread_id: "…" } } to the graph.',
  });
}

/** Like `requirePlace`, for what belongs to a checkpoint that is stored: throws `bad-usage` when the config names none. */
export function requireCheckpoint(config: RunnableConfig): Lineage & { readonly id: string } {
  const { id, ...lineage } = requirePlace(config);
  if (id !== undefined) return { ...lineage, id };
  throw new BatonError("bad-usage", `Writes to thread \`${lineage.thread}\` need \`configurable.checkpoint_id\`.`, {
    hint: "Store a checkpoint first and pass the config that `put` returned.",
  });
}

/** The config by which LangGraph names a stored checkpoint. */
export function configOf(
  lineage: Lineage,
  id: string,
): { configurable: { thread_id: string; checkpoint_ns: string; checkpoint_id: string } } {
  return { configurable: { thread_id: lineage.thread, checkpoint_ns: lineage.ns, checkpoint_id: id } };
}

/** One string out of `configurable`; an empty `checkpoint_ns` counts, an absent one does not. */
export function text(
  config: RunnableConfig | undefined,
  key: "thread_id" | "checkpoint_ns" | "checkpoint_id",
): string | undefined {
  const value: unknown = config?.configurable?.[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new BatonError("bad-usage", `Expected \`configurable.${key}\` to be a string, got ${typeof value}.`, {
    hint: "Pass the id as text.",
  });
}
