import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import { bodyOf, type CheckpointRow, versionsOf } from "./checkpoints.ts";
import type { Connection } from "./connection.ts";

interface Lineage {
  readonly thread: string;
  readonly ns: string;
}

/** What was removed of one thread. */
export interface PrunedCheckpoints {
  readonly checkpoints: number;
  /** Bytes of checkpoints, values and writes. */
  readonly bytes: number;
}

type StoredRow = Pick<CheckpointRow, "id" | "parent" | "body" | "versions" | "metadata">;

/**
 * Removes the checkpoints of a thread at which no run stands, but for the newest `keep` of each namespace and whatever those are
 * rebuilt from. What a subgraph noted within one task goes as well: only a task that is still under way reads it. Runs inside a
 * transaction.
 */
export function pruneCheckpoints(connection: Connection): (thread: string, keep: number) => PrunedCheckpoints {
  const namespaces = connection.statement<{ readonly ns: string }>(
    "select distinct ns from checkpoints where thread = ?",
  );
  const newest = connection.statement<StoredRow>(
    "select id, parent, body, versions, metadata from checkpoints where thread = ? and ns = ? order by seq desc limit ?",
  );
  const byId = connection.statement<StoredRow>(
    "select id, parent, body, versions, metadata from checkpoints where thread = ? and ns = ? and id = ?",
  );
  const hasValue = connection.statement(
    "select 1 from checkpoint_values where thread = ? and ns = ? and channel = ? and version = ?",
  );
  const unkept = sweeper(connection);

  function needed({ thread, ns }: Lineage, keep: number): ReadonlyMap<string, StoredRow> {
    const kept = new Map<string, StoredRow>();
    const limit = isOfOneTask(ns) ? 0 : keep;
    for (const row of newest.all(thread, ns, limit)) {
      kept.set(row.id, row);
      let missing = unstored({ thread, ns }, row, deltaChannels(row));
      let ancestor = row.parent;
      // The writes of the checkpoints on the way, and the value at its end, are what the missing ones are rebuilt from.
      while (ancestor !== null && (missing.length > 0 || bodyOf(row).v < 4)) {
        const parent = byId.get(thread, ns, ancestor);
        if (parent === undefined) break;
        kept.set(parent.id, parent);
        missing = unstored({ thread, ns }, parent, missing);
        if (missing.length === 0) break;
        ancestor = parent.parent;
      }
    }
    return kept;
  }

  function unstored({ thread, ns }: Lineage, row: StoredRow, channels: readonly string[]): readonly string[] {
    const versions = versionsOf(row);
    return channels.filter((channel) => {
      const version = versions[channel];
      return version === undefined || hasValue.get(thread, ns, channel, String(version)) === undefined;
    });
  }

  return function prune(thread, keep) {
    const goes = keep === 0;
    const removed = namespaces
      .all(thread)
      .map(({ ns }) => unkept({ thread, ns }, { kept: needed({ thread, ns }, keep), goes }));
    return {
      checkpoints: removed.reduce((sum, { checkpoints }) => sum + checkpoints, 0),
      bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
}

/** LangGraph counts, per delta channel, the steps since its value was last stored whole: only those have to be rebuilt. */
function deltaChannels(row: StoredRow): readonly string[] {
  // Stored from this type by the saver.
  const metadata = JSON.parse(row.metadata) as CheckpointMetadata;
  return Object.keys(metadata.counters_since_delta_snapshot ?? {});
}

/** `node:task`, in a subgraph of a subgraph `node:task|node:task`; no node may have a colon in its name. */
function isOfOneTask(ns: string): boolean {
  return ns.includes(":");
}

interface Sweep {
  readonly kept: ReadonlyMap<string, StoredRow>;
  /** The whole thread goes. What its values were made from stays otherwise, without the values. */
  readonly goes: boolean;
}

function sweeper(connection: Connection): (lineage: Lineage, sweep: Sweep) => PrunedCheckpoints {
  const others = "thread = ? and ns = ? and checkpoint not in (select value from json_each(?))";
  const unread = "thread = ? and ns = ? and (channel || char(10) || version) not in (select value from json_each(?))";
  const checkpoints = "thread = ? and ns = ? and id not in (select value from json_each(?))";
  const weigh = [
    connection.statement<Weight>(
      `select sum(octet_length(body) + octet_length(versions) + octet_length(metadata)) as bytes from checkpoints where ${checkpoints}`,
    ),
    connection.statement<Weight>(`select sum(length(value)) as bytes from checkpoint_writes where ${others}`),
  ];
  const weighValues = connection.statement<Weight>(
    `select sum(length(value)) as bytes from checkpoint_values where ${unread}`,
  );
  const removeCheckpoints = connection.statement(`delete from checkpoints where ${checkpoints}`);
  const removeWrites = connection.statement(`delete from checkpoint_writes where ${others} and (? or origin is null)`);
  const emptyWrites = connection.statement(
    `update checkpoint_writes set type = '', value = x'' where ${others} and type <> ''`,
  );
  const removeValues = connection.statement(`delete from checkpoint_values where ${unread}`);

  return function sweep({ thread, ns }, { kept, goes }) {
    const ids = JSON.stringify([...kept.keys()]);
    const versions = [...kept.values()].flatMap((row) => Object.entries(versionsOf(row)));
    const read = JSON.stringify([...new Set(versions.map(([channel, version]) => `${channel}\n${version}`))]);
    const bytes =
      weigh.reduce((sum, statement) => sum + (statement.get(thread, ns, ids)?.bytes ?? 0), 0) +
      (weighValues.get(thread, ns, read)?.bytes ?? 0);
    removeWrites.run(thread, ns, ids, goes ? 1 : 0);
    emptyWrites.run(thread, ns, ids);
    removeValues.run(thread, ns, read);
    return { checkpoints: removeCheckpoints.run(thread, ns, ids), bytes };
  };
}

interface Weight {
  readonly bytes: number | null;
}
