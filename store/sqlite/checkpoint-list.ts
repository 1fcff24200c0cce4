import type { RunnableConfig } from "@langchain/core/runnables";
import type { CheckpointListOptions } from "@langchain/langgraph-checkpoint";

import { filterTexts } from "../checkpoints/filter.ts";
import { text, type Lineage } from "../checkpoints/place.ts";
import type { Connection, Value } from "./connection.ts";

export interface ListedCheckpoint extends Lineage {
  readonly id: string;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Finds the checkpoints a listing asks for, the one stored last first, without reading their states. Runs inside a transaction. */
export function listCheckpoints(
  connection: Connection,
  config: RunnableConfig,
  options: CheckpointListOptions,
): ListedCheckpoint[] {
  const conditions = [
    ...conditionsOf(config),
    ...olderThan(connection, config, options.before),
    ...filterConditions(options.filter ?? {}),
  ];
  const where = conditions.length === 0 ? "" : `where ${conditions.map(({ sql }) => sql).join(" and ")}`;
  // One text per combination of conditions, so that each uses its index; the values are always parameters.
  const statement = connection.statement<ListedCheckpoint>(
    `select thread, ns, id from checkpoints ${where} order by seq desc limit ?`,
  );
  return statement.all(...conditions.flatMap(({ values }) => values), options.limit ?? -1);
}

function conditionsOf(config: RunnableConfig): Condition[] {
  return [
    ...equal("thread", text(config, "thread_id")),
    ...equal("ns", text(config, "checkpoint_ns")),
    ...equal("id", text(config, "checkpoint_id")),
  ];
}

function equal(column: "thread" | "ns" | "id", value: string | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${column} = ?`, values: [value] }];
}

/** "Before" is the order of storing; LangGraph also asks it of a subgraph's checkpoints with the id of a checkpoint of the graph above. */
function olderThan(connection: Connection, config: RunnableConfig, before: RunnableConfig | undefined): Condition[] {
  const id = text(before, "checkpoint_id");
  if (id === undefined) return [];
  const thread = text(before, "thread_id") ?? text(config, "thread_id");
  const ofThread = connection.statement<{ readonly seq: number }>(
    "select seq from checkpoints where thread = ? and id = ? order by seq limit 1",
  );
  const ofAny = connection.statement<{ readonly seq: number }>(
    "select seq from checkpoints where id = ? order by seq limit 1",
  );
  const row = thread === undefined ? ofAny.get(id) : ofThread.get(thread, id);
  // The ids hold a time: all there is to go by for a checkpoint that is not stored here.
  return [row === undefined ? { sql: "id < ?", values: [id] } : { sql: "seq < ?", values: [row.seq] }];
}

/** Compares JSON text with JSON text. */
function filterConditions(filter: Readonly<Record<string, unknown>>): Condition[] {
  return filterTexts(filter).map(([key, value]) =>
    value === null
      ? { sql: "metadata -> ? is null", values: [`$."${key}"`] }
      : { sql: "metadata -> ? = ?", values: [`$."${key}"`, value] },
  );
}
