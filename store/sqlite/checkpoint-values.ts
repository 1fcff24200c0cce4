import type { ChannelVersions } from "@langchain/langgraph-checkpoint";

import { BatonError } from "../../core/errors.ts";
import type { StateCodec } from "../codec/codec.ts";
import { placeOfValue } from "../codec/place.ts";
import type { Lineage } from "../checkpoints/place.ts";
import type { Connection } from "./connection.ts";

/** The value of a channel in one version. */
export interface ValueRow {
  readonly channel: string;
  readonly version: string;
  readonly type: string;
  readonly value: Uint8Array;
}

/** Values of channels by version, shared by all checkpoints that hold the version. All methods run inside a transaction. */
export interface ValueTable {
  put(lineage: Lineage, rows: readonly ValueRow[]): void;
  of(lineage: Lineage, versions: ChannelVersions): ValueRow[];
  one(lineage: Lineage, channel: string, version: ChannelVersions[string]): ValueRow | undefined;
  remove(thread: string): void;
}

export function valueTable(connection: Connection, serde: StateCodec): ValueTable {
  const columns = "channel, version, type, value";
  const insert = connection.statement(
    `insert into checkpoint_values (thread, ns, ${columns}) values (?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const one = connection.statement<ValueRow>(
    `select ${columns} from checkpoint_values where thread = ? and ns = ? and channel = ? and version = ?`,
  );
  const held = connection.statement<ValueRow>(`
    select v.channel, v.version, v.type, v.value from json_each(?) k
    join checkpoint_values v on v.thread = ? and v.ns = ? and v.channel = k.key and v.version = k.value`);
  const remove = connection.statement("delete from checkpoint_values where thread = ?");

  function putOne({ thread, ns }: Lineage, row: ValueRow): void {
    if (insert.run(thread, ns, row.channel, row.version, row.type, row.value) === 1) return;
    const stored = one.get(thread, ns, row.channel, row.version);
    const isRepeat = serde.isSame ?? isSameBytes;
    if (stored !== undefined && isRepeat(stored, row, placeOfValue({ ...row, thread, ns }))) return;
    throw new BatonError(
      "checkpoint-conflict",
      `Channel \`${row.channel}\` of thread \`${thread}\` already has another value in version ${row.version}.`,
      {
        hint: "Resume the run: the step runs again and gets a version of its own.",
      },
    );
  }

  return {
    put(lineage, rows) {
      for (const row of rows) putOne(lineage, row);
    },
    of: ({ thread, ns }, versions) => held.all(asTexts(versions), thread, ns),
    one: ({ thread, ns }, channel, version) => one.get(thread, ns, channel, String(version)),
    remove: (thread) => void remove.run(thread),
  };
}

/** The value again; the row says under which channel and version of the lineage it was written. */
export async function loadValue(serde: StateCodec, { thread, ns }: Lineage, row: ValueRow): Promise<unknown> {
  return await serde.loadsTyped(row.type, row.value, placeOfValue({ ...row, thread, ns }));
}

/** Versions as the text under which values are stored: numbers would be printed in SQLite's way otherwise. */
function asTexts(versions: ChannelVersions): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(versions).map(([channel, version]) => [channel, String(version)])),
  );
}

function isSameBytes(a: ValueRow, b: ValueRow): boolean {
  return a.type === b.type && Buffer.compare(a.value, b.value) === 0;
}
