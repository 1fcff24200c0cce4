import { setTimeout as delay } from "node:timers/promises";

import { type Embed, spaceOf } from "../core/embed.ts";
import { BatonError } from "../core/errors.ts";
import type { MemoryItem, MemoryScope } from "./item.ts";
import { metadataOf } from "./item-metadata.ts";
import type { ItemTable, UnwantedItem } from "./item-table.ts";
import { type Patience, patientEmbed } from "./patient-embed.ts";
import { sparseVector } from "./sparse.ts";
import { placeOf, type VectorIndex } from "./vector-index.ts";

/** Finds items by what they mean: embeds what a table holds, and keeps an index of vectors up with it. */
export interface Meaning {
  /** The nearest items, best first, and what is wrong with the answer; never throws but for an abort: words still find. */
  find(scope: MemoryScope, text: string, options: FindOptions): Promise<Nearest>;
  /**
   * Embeds what was stored since, and waits for it as long as it goes on. Failures, and texts that the model refuses, are told by the next `find`;
   * what is missing is tried again.
   */
  catchUp(scope: MemoryScope): Promise<void>;
  /** Removes vectors before their items are removed: whoever is killed in between removes both the next time. */
  remove(unwanted: readonly UnwantedItem[]): Promise<void>;
  /** Ends the work in the background. */
  close(): Promise<void>;
}

interface FindOptions {
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Nearest {
  readonly hits: readonly { readonly id: string; readonly score: number }[];
  readonly warning?: string;
}

interface MeaningParts {
  readonly table: ItemTable;
  readonly index: VectorIndex;
  readonly embed: Embed;
  readonly patience?: Patience & {
    /** Nobody waits longer for vectors when none is made meanwhile, in milliseconds. @default 10000 */
    readonly stallMs?: number;
  };
}

/** So many items are embedded together. */
const BATCH = 256;
/** Recalls wait for as many missing vectors as one batch makes; more are made in the background. */
const AWAITED = BATCH;

export function meaning({ table, index, embed, patience = {} }: MeaningParts): Meaning {
  const { stallMs = 10_000 } = patience;
  const space = spaceOf(embed);
  const patient = patientEmbed(embed, patience);
  // Another model, or another index, begins at the first item: nothing is ever compared across models.
  const target = `${index.description} ${space.key}`;
  const running = new Map<string, Promise<void>>();
  const failures = new Map<string, string>();
  /** Of texts that the model refuses: told once, since nothing changes that. */
  const refusals = new Map<string, string>();
  let steps = 0;
  const stop = new AbortController();

  /** One batch; returns how many items it took. */
  async function step(scope: MemoryScope): Promise<number> {
    const revision = await table.progress(scope, target);
    const page = await table.since(scope, revision, BATCH);
    if (page.items.length === 0) return 0;
    const embedded = await patient.all(page.items.map(embeddedText), stop.signal);
    const entries = page.items.flatMap((item, at) => {
      const answer = embedded[at];
      if (answer === undefined || "refused" in answer) return [];
      const sparse = index.acceptsSparse === true ? { sparse: sparseVector(embeddedText(item)) } : {};
      return [{ id: item.id, vector: answer.vector, metadata: metadataOf(item), ...sparse }];
    });
    if (entries.length > 0) await index.upsert(placeOf(scope), space, entries);
    await removeAgain(scope, { ...page, revision });
    await table.advance(scope, target, page.revision);
    const refused = embedded.find((answer) => "refused" in answer);
    if (refused !== undefined) {
      const count = page.items.length - entries.length;
      refusals.set(
        keyOf(scope),
        `${embed.ref} makes no vector of ${count} items, which are found by words alone: ${refused.refused}`,
      );
    }
    steps += 1;
    return page.items.length;
  }

  /** What somebody removed while it was being embedded must not come back as a vector. */
  async function removeAgain(
    scope: MemoryScope,
    before: { readonly revision: number; readonly items: readonly MemoryItem[]; readonly removals: number },
  ): Promise<void> {
    const now = await table.since(scope, before.revision, BATCH);
    if (now.removals === before.removals) return;
    const left = new Set(now.items.map(({ id }) => id));
    const gone = before.items.filter(({ id }) => !left.has(id)).map(({ id }) => id);
    if (gone.length > 0) await index.remove(placeOf(scope), gone);
  }

  async function work(scope: MemoryScope): Promise<void> {
    const key = keyOf(scope);
    try {
      while (!stop.signal.aborted && (await step(scope)) === BATCH);
      failures.delete(key);
    } catch (error) {
      failures.set(key, reasonOf(error));
    }
  }

  /** One worker for each scope in this process; whoever comes meanwhile waits for it and looks again. */
  async function catchUp(scope: MemoryScope): Promise<void> {
    const key = keyOf(scope);
    const before = running.get(key) ?? Promise.resolve();
    const mine = before
      .then(() => work(scope))
      .finally(() => {
        if (running.get(key) === mine) running.delete(key);
      });
    running.set(key, mine);
    await whileItGoesOn(mine, key);
  }

  async function whileItGoesOn(work: Promise<void>, key: string): Promise<void> {
    if (patient.isDown()) return;
    for (let before = -1; before !== steps;) {
      before = steps;
      const stalled = Symbol("stalled");
      const ended = new AbortController();
      const late = delay(stallMs, stalled, { ref: false, signal: ended.signal });
      try {
        if ((await Promise.race([work, late])) !== stalled) return;
      } finally {
        ended.abort();
        // Aborted by the line above.
        late.catch(() => undefined);
      }
    }
    patient.noteFailure();
    failures.set(key, `${embed.ref} did not answer within ${stallMs} ms; the rest is embedded when it does`);
  }

  async function missing(scope: MemoryScope): Promise<number> {
    const page = await table.since(scope, await table.progress(scope, target), AWAITED + 1);
    return page.items.length;
  }

  return {
    catchUp,
    async find(scope, text, { limit, signal }) {
      signal?.throwIfAborted();
      if (text.trim() === "") return { hits: [] };
      try {
        const behind = await missing(scope);
        const caughtUp = behind > 0 ? catchUp(scope) : undefined;
        if (behind <= AWAITED) await caughtUp;
        const vector = await patient.query(text.slice(0, LONGEST_EMBEDDED).toWellFormed(), signal);
        const sparse = index.acceptsSparse === true ? { sparse: sparseVector(text) } : {};
        const found = await index.query(placeOf(scope), { space, vector, limit, signal, ...sparse });
        const key = keyOf(scope);
        const warning =
          failures.get(key) ??
          found.behind ??
          refusals.get(key) ??
          (behind > AWAITED ? `its items are still being embedded by ${embed.ref}` : undefined);
        if (warning === refusals.get(key)) refusals.delete(key);
        return { hits: found.hits, ...(warning === undefined ? {} : { warning }) };
      } catch (error) {
        signal?.throwIfAborted();
        return { hits: [], warning: reasonOf(error) };
      }
    },
    async remove(unwanted) {
      const places = Map.groupBy(unwanted, ({ place }) => JSON.stringify(place));
      for (const items of places.values()) {
        const [first] = items;
        if (first === undefined) continue;
        const ids = items.map(({ id }) => id);
        await index.remove(first.place, ids);
      }
    },
    async close() {
      stop.abort();
      await Promise.all(running.values());
      await index.close();
    },
  };
}

function keyOf(scope: MemoryScope): string {
  return JSON.stringify(placeOf(scope));
}

/** Longer texts would be refused by embedding models, which take about 8,000 tokens; their beginning says what they are about. */
const LONGEST_EMBEDDED = 8_000;

function embeddedText({ text, context }: MemoryItem): string {
  const whole = context === undefined ? text : `${context}\n${text}`;
  // Embedding models refuse an empty text.
  return whole.trim() === "" ? "-" : whole.slice(0, LONGEST_EMBEDDED).toWellFormed();
}

function reasonOf(error: unknown): string {
  if (BatonError.is(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
