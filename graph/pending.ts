import type { Checkpoint } from "@langchain/langgraph-checkpoint";

import type { WorkflowShape } from "./shape.ts";

const START = "__start__";
const BRANCH = "branch:to:";
const PACKETS = "__pregel_tasks";

/**
 * The nodes a checkpoint is waiting for, by their stored triggers alone. LangGraph only names those that the graph of today has; a
 * node that was renamed since is missing from its list, and a run that waits for nothing else looks finished.
 */
export function pendingNodes(
  checkpoint: Checkpoint,
  shape: Pick<WorkflowShape, "joins"> | undefined,
): readonly string[] {
  const { channel_values: values } = checkpoint;
  const branches = Object.keys(values)
    .filter((channel) => channel.startsWith(BRANCH) && values[channel] !== undefined)
    .map((channel) => ({ node: channel.slice(BRANCH.length), channel }));
  const joins = Object.keys(values).flatMap((channel) => completedJoin(channel, values[channel], shape));
  const start = Object.hasOwn(values, START) ? [{ node: START, channel: START }] : [];
  const triggered = [...start, ...branches, ...joins].filter(({ node, channel }) =>
    isUnseen(checkpoint, node, channel),
  );
  return [...new Set([...triggered.map(({ node }) => node), ...sentTo(values[PACKETS])])];
}

function isUnseen({ channel_versions, versions_seen }: Checkpoint, node: string, channel: string): boolean {
  const version = channel_versions[channel];
  const seen = versions_seen[node]?.[channel];
  return version !== undefined && (seen === undefined || version > seen);
}

/** The channel of a join is named after its nodes and holds those that are done; that of a deferred node holds them as the first of a pair. */
function completedJoin(
  channel: string,
  value: unknown,
  shape: Pick<WorkflowShape, "joins"> | undefined,
): readonly { readonly node: string; readonly channel: string }[] {
  const join = shape?.joins.find(({ from, to }) => channel === `join:${from.join("+")}:${to}`);
  if (join === undefined) return [];
  const done = arrivals(value);
  return join.from.every((source) => done.includes(source)) ? [{ node: join.to, channel }] : [];
}

function arrivals(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [];
  const [first] = value;
  return Array.isArray(first) ? first : value;
}

/** Where `Send` packets go that no task has taken yet. */
function sentTo(packets: unknown): readonly string[] {
  if (!Array.isArray(packets)) return [];
  return packets.flatMap((packet: unknown) =>
    typeof packet === "object" && packet !== null && "node" in packet && typeof packet.node === "string"
      ? [packet.node]
      : [],
  );
}
