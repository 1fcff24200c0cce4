import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DEFAULT_TENANT } from "../../core/ids.ts";
import type { MemoryItem } from "../../memory/item.ts";
import { openStore } from "../../store/connect.ts";
import { memoryLayers } from "../../store/memory-layers.ts";

const SIZES = [700, 20_000];
const QUERIES = 200;
const WORDS_PER_SENTENCE = 14;
const SENTENCES_PER_SECTION = 8;

export interface LatencyFigures {
  readonly rememberMs: number;
  readonly firstRecallMs: number;
  readonly recallP50Ms: number;
  readonly recallP95Ms: number;
}

/** How long the embedded long-term layer takes on made-up documents, by the number of its items. */
export async function measureLatency(): Promise<Readonly<Record<string, LatencyFigures>>> {
  const figures: Record<string, LatencyFigures> = {};
  for (const size of SIZES) figures[`items${size}`] = await measure(size);
  return figures;
}

async function measure(size: number): Promise<LatencyFigures> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const store = await openStore({ folder });
  try {
    const random = randomWords(size);
    const items = Array.from({ length: size }, (_, at) => sentence(at, random));
    const scope = { tenant: DEFAULT_TENANT, namespace: "bench" };
    const { vector } = memoryLayers(store);
    const rememberMs = await timed(() => vector.remember(scope, items));
    const recall = () =>
      vector.recall({ scope, text: `How does ${random()} ${random()} the ${random()} of ${random()}?`, limit: 12 });
    const firstRecallMs = await timed(recall);
    const times: number[] = [];
    for (let query = 0; query < QUERIES; query += 1) times.push(await timed(recall));
    times.sort((one, other) => one - other);
    const percentile = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
    return { rememberMs, firstRecallMs, recallP50Ms: percentile(0.5), recallP95Ms: percentile(0.95) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round((performance.now() - begun) * 100) / 100;
}

function sentence(at: number, random: () => string): MemoryItem {
  const section = Math.floor(at / SENTENCES_PER_SECTION);
  const text = `${Array.from({ length: WORDS_PER_SENTENCE }, random).join(" ")}.`;
  return {
    id: String(at),
    text,
    group: String(section),
    order: at,
    time: 0,
    context: `Section ${section}`,
    meta: { line: at },
  };
}

/** Words as frequent as in a language (the n-th of them one n-th as often as the first), the same in every run. */
function randomWords(seed: number): () => string {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return `word${Math.floor(8_000 ** (state / 2_147_483_648))}`;
  };
}
