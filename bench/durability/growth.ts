import pg from "pg";

import { PostgresCheckpoints } from "../../store/postgres/saver.ts";
import type { Contestant } from "./contestants.ts";
import { config, heavyField, longChat } from "./graphs.ts";
import { median } from "./meter.ts";

export interface GrowthFigures {
  readonly bytes: number;
  readonly latencyRatio: number;
  readonly latestMs: number;
}

/** A thread of `messages` messages of 500 bytes, in a database of its own. */
export async function growth(url: string, contestant: Contestant, messages: number): Promise<GrowthFigures> {
  const { saver, thread } = await contestant.begin();
  const before = await storedBytes(url);
  const times = await longChat(saver, thread, messages);
  const bytes = (await storedBytes(url)) - before;
  const early = median(times.slice(50, 150));
  const late = median(times.slice(-100));
  return { bytes, latencyRatio: late / early, latestMs: await latest(contestant, thread) };
}

/** Reading the state of the newest checkpoint by a saver that knows nothing of the thread. */
async function latest(contestant: Contestant, thread: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const { saver } = await contestant.begin();
    const startedAt = performance.now();
    const tuple = await saver.getTuple(config(thread));
    times.push(performance.now() - startedAt);
    if (tuple === undefined) throw new Error("The thread is not there.");
  }
  return median(times);
}

/** Ten newest checkpoints beside a field of one megabyte, and a history of 400, as metadata. */
export async function listings(
  contestant: Contestant,
): Promise<{ readonly listMs: number; readonly historyMs: number }> {
  const heavy = await contestant.begin();
  await heavyField(heavy.saver, heavy.thread, 400);
  return {
    listMs: await headsMs(contestant, heavy.thread, 10),
    historyMs: await headsMs(contestant, heavy.thread, 400),
  };
}

async function headsMs(contestant: Contestant, thread: string, limit: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const { saver } = await contestant.begin();
    if (!(saver instanceof PostgresCheckpoints)) throw new Error("Only Baton's saver lists without reading states.");
    const startedAt = performance.now();
    const heads = await Array.fromAsync(saver.heads(config(thread), { limit }));
    times.push(performance.now() - startedAt);
    if (heads.length !== limit) throw new Error(`Expected ${limit} checkpoints, got ${heads.length}.`);
  }
  return median(times);
}

async function storedBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      "select sum(pg_total_relation_size(oid)) as bytes from pg_class where relnamespace = 'baton'::regnamespace and relkind = 'r'",
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
