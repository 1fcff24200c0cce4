import type { Checkpoint, ChannelVersions } from "@langchain/langgraph-checkpoint";

import type { Lineage } from "../checkpoints/place.ts";
import type { Connection } from "./connection.ts";

/** A checkpoint without its values: `body` holds the rest of it as JSON, `versions` the version of each channel. */
export interface CheckpointRow extends Lineage {
  readonly id: string;
  readonly parent: string | null;
  readonly body: string;
  readonly versions: string;
  readonly metadata: string;
}

export type CheckpointBody = Pick<Checkpoint, "v" | "id" | "ts" | "versions_seen">;

/** All methods run inside a transaction. */
export interface CheckpointTable {
  put(row: CheckpointRow): void;
  byId(lineage: Lineage, id: string): CheckpointRow | undefined;
  /** The one stored last, whatever its id says about time. */
  latest(lineage: Lineage): CheckpointRow | undefined;
  /** The ancestors of a checkpoint, nearest first, read as they are asked for. */
  ancestors(lineage: Lineage, parent: string): Iterable<Pick<CheckpointRow, "id" | "versions">>;
  remove(thread: string): void;
}

const COLUMNS = "thread, ns, id, parent, body, versions, metadata";

export function checkpointTable(connection: Connection): CheckpointTable {
  const insert = connection.statement(`
    insert into checkpoints (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?) on conflict (thread, ns, id)
    do update set parent = excluded.parent, body = excluded.body, versions = excluded.versions, metadata = excluded.metadata`);
  const byId = connection.statement<CheckpointRow>(
    `select ${COLUMNS} from checkpoints where thread = ? and ns = ? and id = ?`,
  );
  const latest = connection.statement<CheckpointRow>(
    `select ${COLUMNS} from checkpoints where thread = ? and ns = ? order by seq desc limit 1`,
  );
  const ancestors = connection.statement<CheckpointRow>(`
    with recursive chain (thread, ns, id, parent, versions) as (
      select thread, ns, id, parent, versions from checkpoints where thread = ? and ns = ? and id = ?
      union all
      select c.thread, c.ns, c.id, c.parent, c.versions from chain
      join checkpoints c on c.thread = chain.thread and c.ns = chain.ns and c.id = chain.parent)
    select id, versions from chain`);
  const remove = connection.statement("delete from checkpoints where thread = ?");

  return {
    put: (row) => void insert.run(row.thread, row.ns, row.id, row.parent, row.body, row.versions, row.metadata),
    byId: ({ thread, ns }, id) => byId.get(thread, ns, id),
    latest: ({ thread, ns }) => latest.get(thread, ns),
    ancestors: ({ thread, ns }, parent) => ancestors.iterate(thread, ns, parent),
    remove: (thread) => void remove.run(thread),
  };
}

/** The JSON columns were written by the saver from these types. */
export function bodyOf(row: Pick<CheckpointRow, "body">): CheckpointBody {
  return JSON.parse(row.body) as CheckpointBody;
}

export function versionsOf(row: Pick<CheckpointRow, "versions">): ChannelVersions {
  return JSON.parse(row.versions) as ChannelVersions;
}
