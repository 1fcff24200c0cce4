import { type BaseCheckpointSaver, type CheckpointTuple, JsonPlusSerializer } from "@langchain/langgraph-checkpoint";

import { BatonError } from "../../core/errors.ts";
import { stateCodec } from "../codec/codec.ts";
import { parseAddress } from "./address.ts";
import { databaseError } from "./database-errors.ts";
import { openPool } from "./pool.ts";
import { quotedSchema } from "./schema-name.ts";
import { STOCK_SCHEMA, stockSaver } from "./stock-saver.ts";
import { copy, wholeThread } from "./stock-threads.ts";

export interface ExportTarget {
  /** The server to write to. */
  readonly url: string;
  /** Where the stock saver looks for its tables; made when they are missing. @default "public" */
  readonly schema?: string;
}

export interface ExportReport {
  readonly thread: string;
  readonly checkpoints: number;
  readonly target: string;
  readonly schema: string;
}

/**
 * Writes a thread, as a saver reads it, into the tables of LangGraph's own PostgreSQL saver, which can then go on with it. Nothing is written
 * when a value could not be read back there as it is. Throws `state-not-serializable`, `unknown-run` for a thread without checkpoints, and
 * the errors of the server.
 */
export async function exportThread(
  reader: BaseCheckpointSaver,
  thread: string,
  { url, schema = STOCK_SCHEMA }: ExportTarget,
): Promise<ExportReport> {
  quotedSchema(schema);
  const { shown } = parseAddress(url);
  const tuples = await wholeThread(reader, thread);
  if (tuples.length === 0) {
    throw new BatonError("unknown-run", `There is no run and no thread \`${thread}\` with checkpoints in this store.`, {
      hint: "List the runs with: baton runs",
    });
  }
  refuseDisorder(tuples, thread);
  for (const tuple of tuples) await refuseChanged(tuple);
  const pool = await openPool({ url, connections: 1 });
  try {
    const stock = await stockSaver(pool, { schema });
    await stock.setup();
    for (const tuple of tuples) await copy(tuple, thread, stock);
  } catch (error) {
    throw databaseError(error, shown);
  } finally {
    await pool.end();
  }
  return { thread, checkpoints: tuples.length, target: shown, schema };
}

/** The stock saver goes on from the highest id, and ids come from the clocks of the machines. */
function refuseDisorder(tuples: readonly CheckpointTuple[], thread: string): void {
  const ids = tuples
    .filter(({ config }) => config.configurable?.["checkpoint_ns"] === "")
    .map(({ checkpoint }) => checkpoint.id);
  if (ids.every((id) => id <= (ids.at(-1) ?? id))) return;
  throw new BatonError(
    "checkpoint-conflict",
    `Thread \`${thread}\` was written by machines whose clocks differ: LangGraph's own saver would go on from another checkpoint than its last one.`,
    { hint: "Let one more step run on a machine whose clock is right, and export it then." },
  );
}

const exact = stateCodec();
const stockSerde = new JsonPlusSerializer();

async function refuseChanged({ checkpoint, pendingWrites }: CheckpointTuple): Promise<void> {
  for (const [field, value] of Object.entries(checkpoint.channel_values)) await refuseChangedValue(field, value);
  for (const [, field, value] of pendingWrites ?? []) await refuseChangedValue(field, value);
}

/** The stock serializer turns what it does not know into something else without a word. */
async function refuseChangedValue(field: string, value: unknown): Promise<void> {
  const before = await exact.dumpsTyped(value);
  const after = await exact.dumpsTyped(await stockSerde.loadsTyped(...(await stockSerde.dumpsTyped(value))));
  if (before[0] === after[0] && Buffer.compare(before[1], after[1]) === 0) return;
  throw new BatonError(
    "state-not-serializable",
    `LangGraph's own saver cannot hold the value of \`${field}\` as it is; nothing was exported.`,
    { hint: "It keeps JSON, messages, Map, Set and binary data; turn dates and big integers into text first." },
  );
}
