import type { CheckpointMetadata } from "@langchain/langgraph-checkpoint";

import { bodyText, isList, parseBody, type CheckpointBody, type Place, type Slice } from "./checkpoint-body.ts";
import type { RunStatement } from "./database.ts";
import { foldedOrigins, keepOrigins } from "./sql/folded-origins.ts";
import {
  addToRow,
  lineagesOf,
  newestRows,
  prunableRow,
  readSlices,
  removeCheckpoints,
  weighCheckpoints,
  type PrunableRow,
} from "./sql/prune-checkpoints.ts";
import { toldOrigins } from "./told-origins.ts";

export interface PrunedCheckpoints {
  readonly checkpoints: number;
  /** Bytes of checkpoints, values and writes. */
  readonly bytes: number;
}

/**
 * Removes the checkpoints of a thread at which no run stands, but for the newest `keep` of each namespace and whatever those are rebuilt
 * from. What a subgraph noted within one task goes as well: only a task that is still under way reads it. Runs inside a transaction.
 */
export async function pruneCheckpoints(run: RunStatement, thread: string, keep: number): Promise<PrunedCheckpoints> {
  let total: PrunedCheckpoints = { checkpoints: 0, bytes: 0 };
  for (const { lineage, ns } of await run(lineagesOf, [thread])) {
    const removed = await pruneLineage(run, lineage, { thread, keep: isOfOneTask(ns) ? 0 : keep, goes: keep === 0 });
    total = { checkpoints: total.checkpoints + removed.checkpoints, bytes: total.bytes + removed.bytes };
  }
  return total;
}

/** `node:task`, in a subgraph of a subgraph `node:task|node:task`; no node may have a colon in its name. */
function isOfOneTask(ns: string): boolean {
  return ns.includes(":");
}

interface KeptRow extends PrunableRow {
  readonly parsed: CheckpointBody;
}

interface Pruning {
  readonly thread: string;
  readonly keep: number;
  /** The whole thread goes. What its values were made from stays otherwise, without the values. */
  readonly goes: boolean;
}

async function pruneLineage(
  run: RunStatement,
  lineage: string,
  { thread, keep, goes }: Pruning,
): Promise<PrunedCheckpoints> {
  const kept = await neededRows(run, lineage, keep);
  const rows = [...kept.values()];
  const lists = new Map<number, number>();
  for (const place of rows.flatMap(({ parsed }) => [...parsed.places.values()])) {
    if (!isList(place)) continue;
    for (const { list, end } of place.parts) lists.set(list, Math.max(end, lists.get(list) ?? 0));
  }
  const values = [lineage, [...kept.keys()], [...lists.keys()], [...lists.values()]];
  const [weight] = await run(weighCheckpoints, values);
  const seqs = new Set(rows.map(({ seq }) => seq));
  for (const row of rows) await takeIn(run, lineage, { row, seqs });
  if (!goes) await keepProvenance(run, { thread, lineage }, [...kept.keys()]);
  await run(removeCheckpoints, [...values, goes]);
  return { checkpoints: weight?.checkpoints ?? 0, bytes: weight?.bytes ?? 0 };
}

async function neededRows(run: RunStatement, lineage: string, keep: number): Promise<ReadonlyMap<string, KeptRow>> {
  const kept = new Map<string, KeptRow>();
  for (const newest of await run(newestRows, [lineage, keep])) {
    const row = withBody(newest);
    kept.set(row.id, row);
    let missing = deltaChannels(row).filter((channel) => !row.parsed.places.has(channel));
    let ancestor = row.parent;
    // The writes of the checkpoints on the way, and the value at its end, are what the missing ones are rebuilt from.
    while (ancestor !== null && (missing.length > 0 || row.parsed.v < 4)) {
      const [found] = await run(prunableRow, [lineage, ancestor]);
      if (found === undefined) break;
      const parent = withBody(found);
      kept.set(parent.id, parent);
      missing = missing.filter((channel) => !parent.parsed.places.has(channel));
      if (missing.length === 0) break;
      ancestor = parent.parent;
    }
  }
  return kept;
}

function withBody(row: PrunableRow): KeptRow {
  return { ...row, parsed: parseBody(row.body, row.seq) };
}

/** LangGraph counts, per delta channel, the steps since its value was last stored whole: only those have to be rebuilt. */
function deltaChannels(row: PrunableRow): readonly string[] {
  // Stored from this type by the saver.
  const metadata = JSON.parse(row.metadata) as CheckpointMetadata;
  return Object.keys(metadata.counters_since_delta_snapshot ?? {});
}

/** What was made of the writes goes with a row; from what they were made becomes a row of its own. */
async function keepProvenance(
  run: RunStatement,
  { thread, lineage }: { readonly thread: string; readonly lineage: string },
  kept: readonly string[],
): Promise<void> {
  const rows = await run(foldedOrigins, [lineage, kept]);
  const told = await toldOrigins(run, thread, rows);
  const stays = rows.flatMap((row, index) => (told[index] ?? []).map((origin) => ({ ...row, ...origin })));
  if (stays.length === 0) return;
  await run(keepOrigins, [
    lineage,
    stays.map(({ seq }) => seq),
    stays.map(({ place }) => place),
    stays.map(({ epoch }) => epoch),
    stays.map(({ checkpoint }) => checkpoint),
    stays.map(({ task }) => task),
    stays.map(({ path }) => path),
    stays.map(({ origin }) => origin),
  ]);
}

/** Copies into a row that stays what it shares with rows that go. */
async function takeIn(
  run: RunStatement,
  lineage: string,
  { row, seqs }: { readonly row: KeptRow; readonly seqs: ReadonlySet<number> },
): Promise<void> {
  const moved = [...row.parsed.places].flatMap(([channel, place]) => {
    const slice = isList(place) ? place.base : place;
    return slice.seq === undefined || seqs.has(slice.seq) ? [] : [{ channel, place, slice, from: slice.seq }];
  });
  if (moved.length === 0) return;
  const found = await run(readSlices, [
    lineage,
    moved.map(({ from }) => from),
    moved.map(({ slice }) => slice.at),
    moved.map(({ slice }) => slice.length),
  ]);
  const places = new Map<string, Place>(row.parsed.places);
  let size = row.size;
  for (const { channel, place, slice } of moved) {
    const here: Slice = { ...slice, seq: row.seq, at: size };
    places.set(channel, isList(place) ? { ...place, base: here } : here);
    size += slice.length;
  }
  const body = bodyText({ ...row.parsed, places }, row.seq);
  await run(addToRow, [lineage, row.seq, body, Buffer.concat(found.map(({ data }) => data))]);
}
