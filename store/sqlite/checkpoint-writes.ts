import {
  compareWritesSortKeys,
  WRITES_IDX_MAP,
  writesSortKey,
  type CheckpointPendingWrite,
  type PendingWrite,
} from "@langchain/langgraph-checkpoint";

import type { StateCodec } from "../codec/codec.ts";
import { placeOfWrite } from "../codec/place.ts";
import type { Lineage } from "../checkpoints/place.ts";
import type { Connection } from "./connection.ts";

export interface WriteRow {
  readonly checkpoint: string;
  readonly task: string;
  readonly idx: number;
  readonly task_path: string;
  readonly channel: string;
  readonly type: string;
  readonly value: Uint8Array;
}

/** A write to be stored; the first field of a task carries what all its writes were made from. */
export interface NewWriteRow extends WriteRow {
  readonly origin: string | null;
}

/** What tasks wrote after a checkpoint. All methods run inside a transaction. */
export interface WriteTable {
  put(lineage: Lineage, rows: readonly NewWriteRow[]): void;
  /** In the order in which live execution applies them. */
  of(lineage: Lineage, checkpoint: string): WriteRow[];
  /** Those of many checkpoints to some channels, in the same order within each checkpoint. */
  toChannels(lineage: Lineage, checkpoints: readonly string[], channels: readonly string[]): WriteRow[];
  remove(thread: string): void;
}

const COLUMNS = "checkpoint, task, idx, task_path, channel, type, value";

export function writeTable(connection: Connection): WriteTable {
  const values =
    "(thread, ns, checkpoint, task, idx, task_path, channel, type, value, origin) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  const insert = connection.statement(`insert into checkpoint_writes ${values} on conflict do nothing`);
  const replace = connection.statement(`insert or replace into checkpoint_writes ${values}`);
  const ofOne = connection.statement<WriteRow>(
    `select ${COLUMNS} from checkpoint_writes where thread = ? and ns = ? and checkpoint = ?`,
  );
  const ofMany = connection.statement<WriteRow>(`
    select ${COLUMNS} from checkpoint_writes where thread = ? and ns = ?
    and checkpoint in (select value from json_each(?)) and channel in (select value from json_each(?))`);
  const remove = connection.statement("delete from checkpoint_writes where thread = ?");

  return {
    put({ thread, ns }, rows) {
      for (const row of rows) {
        // An error, an interrupt or an answer replaces the one before it; a result, once stored, stays.
        const statement = row.idx < 0 ? replace : insert;
        const { checkpoint, task, idx, task_path: path, channel, type, value, origin } = row;
        statement.run(thread, ns, checkpoint, task, idx, path, channel, type, value, origin);
      }
    },
    of: ({ thread, ns }, checkpoint) => inAppliedOrder(ofOne.all(thread, ns, checkpoint)),
    toChannels: ({ thread, ns }, checkpoints, channels) =>
      inAppliedOrder(ofMany.all(thread, ns, JSON.stringify(checkpoints), JSON.stringify(channels))),
    remove: (thread) => void remove.run(thread),
  };
}

/** One task's writes as rows; special channels (errors, interrupts, answers) have fixed negative places. */
export async function writeRows(
  serde: StateCodec,
  writes: readonly PendingWrite[],
  { origin, ...task }: Pick<NewWriteRow, "checkpoint" | "task" | "task_path" | "origin">,
): Promise<NewWriteRow[]> {
  const first = writes.findIndex(([channel]) => !(channel in WRITES_IDX_MAP));
  return await Promise.all(
    writes.map(async ([channel, content], index) => {
      const row = { ...task, channel, idx: WRITES_IDX_MAP[channel] ?? index };
      const [type, value] = await serde.dumpsTyped(content, placeOfWrite(row));
      return { ...row, type, value, origin: index === first ? origin : null };
    }),
  );
}

export async function pendingWrite(serde: StateCodec, row: WriteRow): Promise<CheckpointPendingWrite> {
  return [row.task, row.channel, await serde.loadsTyped(row.type, row.value, placeOfWrite(row))];
}

function inAppliedOrder(rows: WriteRow[]): WriteRow[] {
  return rows.toSorted((a, b) =>
    compareWritesSortKeys(writesSortKey(a.task_path, a.task, a.idx), writesSortKey(b.task_path, b.task, b.idx)),
  );
}
