import { uuid5, type Checkpoint } from "@langchain/langgraph-checkpoint";

const BRANCH = "branch:to:";
const JOIN = "join:";
const PACKETS = "__pregel_tasks";

/** New names of nodes by their old ones. */
export type Renaming = ReadonlyMap<string, string>;

/**
 * A checkpoint in which nodes have other names: in their triggers, in what they have seen, in what joins remember, and in packets on
 * their way to them. The state is not touched.
 */
export function renameNodes(checkpoint: Checkpoint, names: Renaming): Checkpoint {
  if (names.size === 0) return checkpoint;
  const renamedKeys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([channel, value]) => [channelOf(channel, names), value]));
  return {
    ...checkpoint,
    channel_values: Object.fromEntries(
      Object.entries(checkpoint.channel_values).map(([channel, value]) => [
        channelOf(channel, names),
        valueOf(channel, value, names),
      ]),
    ),
    channel_versions: renamedKeys(checkpoint.channel_versions),
    versions_seen: Object.fromEntries(
      Object.entries(checkpoint.versions_seen).map(([node, seen]) => [names.get(node) ?? node, renamedKeys(seen)]),
    ),
  };
}

/** True for the channels in which names of nodes stand. */
export function isNodeChannel(channel: string): boolean {
  return channel.startsWith(BRANCH) || channel.startsWith(JOIN) || channel === PACKETS;
}

function channelOf(channel: string, names: Renaming): string {
  const named = (node: string): string => names.get(node) ?? node;
  if (channel.startsWith(BRANCH)) return `${BRANCH}${named(channel.slice(BRANCH.length))}`;
  if (!channel.startsWith(JOIN)) return channel;
  const [sources = "", target = ""] = channel.slice(JOIN.length).split(":");
  return `${JOIN}${sources.split("+").map(named).join("+")}:${named(target)}`;
}

function valueOf(channel: string, value: unknown, names: Renaming): unknown {
  if (channel.startsWith(JOIN)) return renamedArrivals(value, names);
  return channel === PACKETS && Array.isArray(value)
    ? value.map((packet: unknown) => renamedPacket(packet, names))
    : value;
}

/** The names of the sources that are done; for a deferred node, the first of a pair. */
function renamedArrivals(value: unknown, names: Renaming): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((entry: unknown) =>
    Array.isArray(entry)
      ? renamedArrivals(entry, names)
      : typeof entry === "string"
        ? (names.get(entry) ?? entry)
        : entry,
  );
}

/** A packet stays what it is, an instance of LangGraph's own class, but for its target. */
function renamedPacket(packet: unknown, names: Renaming): unknown {
  if (typeof packet !== "object" || packet === null || !("node" in packet) || typeof packet.node !== "string")
    return packet;
  const copy: object = Object.assign(Object.create(Object.getPrototypeOf(packet)), packet);
  return Object.assign(copy, { node: names.get(packet.node) ?? packet.node });
}

/**
 * The ids LangGraph gives to the tasks that a checkpoint is waiting for, in the order of its triggers and packets. They depend on the
 * checkpoint's id and the node's name; a journal is kept under them.
 */
export function taskIdsOf(checkpoint: Checkpoint, pending: readonly string[], step: number): readonly string[] {
  const packets: unknown = checkpoint.channel_values[PACKETS];
  const sent = (Array.isArray(packets) ? packets : []).map((packet: { readonly node: string }, index) =>
    uuid5(JSON.stringify([packet.node, String(step), packet.node, "__pregel_push", String(index)]), checkpoint.id),
  );
  const triggered = pending.flatMap((node) =>
    triggersOf(checkpoint, node).map((trigger) =>
      uuid5(JSON.stringify([node, String(step), node, "__pregel_pull", [trigger]]), checkpoint.id),
    ),
  );
  return [...sent, ...triggered];
}

/** Whichever of its triggers LangGraph finds first names the task. */
function triggersOf({ channel_values: values }: Checkpoint, node: string): readonly string[] {
  const own = `${BRANCH}${node}`;
  const joins = Object.keys(values).filter((channel) => channel.startsWith(JOIN) && channel.endsWith(`:${node}`));
  return Object.hasOwn(values, own) ? [own] : joins;
}
