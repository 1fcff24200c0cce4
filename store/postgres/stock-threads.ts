import type { BaseCheckpointSaver, CheckpointTuple, PendingWrite } from "@langchain/langgraph-checkpoint";

import { configOf } from "../checkpoints/place.ts";
import { stateCodec } from "../codec/codec.ts";
import type { Database } from "./database.ts";
import { lineageId } from "./lineage.ts";
import { adoptionOf, noteAdoption, stockTables } from "./sql/stock-threads.ts";
import { stockSaver } from "./stock-saver.ts";

/** What is put into Baton's own tables. */
export type Target = Pick<BaseCheckpointSaver, "put" | "putWrites">;

/** Threads that LangGraph's own saver wrote, in its tables beside Baton's. */
export interface StockThreads {
  /** The stock saver, when a thread lies in its tables and Baton has no copy of it; undefined otherwise. */
  notAdopted(thread: string): Promise<BaseCheckpointSaver | undefined>;
  /** Copies a thread that Baton has no copy of, once and whole; the stock tables stay as they are. */
  adopt(thread: string, target: Target): Promise<void>;
}

/** Looks in the tables of a stock saver in `schema`. Threads that were seen are not looked for again. */
export function stockThreads(database: Database, schema: string): StockThreads {
  const seen = new Set<string>();
  let tables: Promise<boolean> | undefined;

  async function hasTables(): Promise<boolean> {
    const [row] = await database.query(stockTables, [schema]);
    return row?.present === true;
  }

  async function notAdopted(thread: string): Promise<BaseCheckpointSaver | undefined> {
    if (seen.has(thread)) return undefined;
    tables ??= hasTables();
    const found = (await tables.catch(() => (tables = undefined))) === true ? await unadopted(thread) : undefined;
    if (found === undefined) seen.add(thread);
    return found;
  }

  async function unadopted(thread: string): Promise<BaseCheckpointSaver | undefined> {
    const [adoption] = await database.query(adoptionOf, [thread, lineageId({ thread, ns: "" })]);
    // A thread that began here has nothing to do with one of the same name there.
    if (adoption === undefined || adoption.done === true || (adoption.done === null && adoption.own)) return undefined;
    const stock = await stockSaver(database.pool, { serde: stateCodec(), schema });
    const head = await stock.getTuple({ configurable: { thread_id: thread, checkpoint_ns: "" } });
    return head === undefined ? undefined : stock;
  }

  return {
    notAdopted,
    async adopt(thread, target) {
      const stock = await notAdopted(thread);
      if (stock === undefined) return;
      await database.query(noteAdoption, [thread, false]);
      for (const tuple of await wholeThread(stock, thread)) await copy(tuple, thread, target);
      await database.query(noteAdoption, [thread, true]);
      seen.add(thread);
    },
  };
}

/** Every checkpoint of a thread, each after the one it was made from; those of the thread's own graph last, so that its newest is its head. */
export async function wholeThread(saver: BaseCheckpointSaver, thread: string): Promise<readonly CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = [];
  for await (const tuple of saver.list({ configurable: { thread_id: thread } })) tuples.push(tuple);
  // The stock saver lists the newest id first, and ids are made in order.
  const oldestFirst = tuples.toReversed();
  return [...oldestFirst.filter((tuple) => nsOf(tuple) !== ""), ...oldestFirst.filter((tuple) => nsOf(tuple) === "")];
}

/** Writes a checkpoint with everything that its tasks have handed over. */
export async function copy(tuple: CheckpointTuple, thread: string, target: Target): Promise<void> {
  const { checkpoint, parentConfig, pendingWrites } = tuple;
  const ns = nsOf(tuple);
  const parent = text(parentConfig?.configurable?.["checkpoint_id"]);
  const from = {
    configurable: { thread_id: thread, checkpoint_ns: ns, ...(parent === "" ? {} : { checkpoint_id: parent }) },
  };
  await target.put(
    from,
    checkpoint,
    tuple.metadata ?? { source: "update", step: -1, parents: {} },
    checkpoint.channel_versions,
  );
  const byTask = Map.groupBy(pendingWrites ?? [], ([task]) => task);
  for (const [task, writes] of byTask) {
    const handed = writes.map(([, channel, value]): PendingWrite => [channel, value]);
    await target.putWrites(configOf({ thread, ns }, checkpoint.id), handed, task);
  }
}

function nsOf({ config }: CheckpointTuple): string {
  return text(config.configurable?.["checkpoint_ns"]);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
