import { scopeKey } from "../core/scope-key.ts";
import type { MemoryScope } from "./item.ts";
import { checkItems } from "./item-check.ts";
import type { ItemTable } from "./item-table.ts";
import type { LastingLayer, RecallQuery } from "./layer.ts";
import { LexicalIndex, type Meanings } from "./lexical.ts";
import type { Meaning, Nearest } from "./meaning.ts";

interface VectorLayerOptions {
  /** How many items the indexes of all scopes together may hold in this process. @default 200000; lower it where memory is short */
  readonly maxIndexedItems?: number;
  /** Finds items also by what they mean. @default by their words alone */
  readonly meaning?: Meaning;
  /** What the item nearest in meaning gets, measured by the best score by words. @default 0.8; more where questions use other words than what is remembered */
  readonly meaningWeight?: number;
}

/**
 * The long-term layer over a table in the same process: a scope's index is made at its first recall and takes in, at each later one,
 * what this or another process stored since.
 */
export function vectorLayer(table: ItemTable, options: VectorLayerOptions = {}): LastingLayer {
  const scopes = new Map<string, IndexedScope>();
  const { maxIndexedItems = 200_000, meaning, meaningWeight = 0.8 } = options;

  function indexed(scope: MemoryScope): IndexedScope {
    const key = scopeKey(scope.tenant, scope.namespace);
    const found = scopes.get(key) ?? {
      index: new LexicalIndex(),
      revision: 0,
      removals: 0,
      at: -FRESH_MS,
      refreshed: Promise.resolve(),
      warning: undefined,
    };
    // Last used, last in the map.
    scopes.delete(key);
    scopes.set(key, found);
    return found;
  }

  function forgetLeastUsed(): void {
    let size = [...scopes.values()].reduce((sum, { index }) => sum + index.size, 0);
    for (const [key, { index }] of scopes) {
      if (size <= maxIndexedItems || scopes.size === 1) return;
      scopes.delete(key);
      size -= index.size;
    }
  }

  /** Asks for more until enough of what is near may also be recalled: what is hidden must not crowd out what is not. */
  async function nearestTo(query: RecallQuery, index: LexicalIndex): Promise<Nearest | undefined> {
    if (meaning === undefined || query.limit < 1 || index.size === 0) return undefined;
    for (let limit = Math.max(MORE * query.limit, LEAST_NEAREST); ; limit *= MORE) {
      const nearest = await meaning.find(query.scope, query.text, { limit, signal: query.signal });
      const ids = nearest.hits.map(({ id }) => id);
      if (ids.length < limit || limit >= MOST_NEAREST || index.countCurrent(ids, query) >= query.limit) return nearest;
    }
  }

  return {
    name: "vector",
    sketch(scope) {
      const known = scopes.get(scopeKey(scope.tenant, scope.namespace));
      return known !== undefined && performance.now() - known.at < FRESH_MS ? known.index : undefined;
    },
    warning: (scope) => scopes.get(scopeKey(scope.tenant, scope.namespace))?.warning,
    async purge(filter) {
      await meaning?.remove(await table.unwanted(filter));
      return await table.purge(filter);
    },
    namespaces: (tenant) => table.namespaces(tenant),
    async list(scope) {
      const { items } = await table.since(scope, 0, MOST_LISTED);
      return items;
    },
    async recall(query) {
      const { scope, text, limit } = query;
      query.signal?.throwIfAborted();
      const found = indexed(scope);
      // One after the other, since items must enter the index in order; each reads again, since it must see what was stored before it.
      found.refreshed = found.refreshed.catch(() => undefined).then(() => refresh(table, scope, found));
      await found.refreshed;
      forgetLeastUsed();
      const nearest = await nearestTo(query, found.index);
      found.warning = nearest?.warning;
      const meanings = nearest === undefined ? {} : { meaning: sharesOf(nearest, meaningWeight) };
      return found.index
        .search(text, limit, { ...query, ...meanings })
        .map(({ item, score, why }) => ({ ...item, layer: "vector", score, why }));
    },
    async remember(scope, items, fence) {
      checkItems(items);
      if (items.length === 0) return;
      await table.insert(scope, items, fence);
      await meaning?.catchUp(scope);
    },
  };
}

const MORE = 4;
const LEAST_NEAREST = 50;
const MOST_NEAREST = 5_000;

/** Between what is near to nothing, which is the last where enough were asked for, and the best. */
function sharesOf({ hits }: Nearest, weight: number): Meanings {
  const best = hits[0]?.score ?? 0;
  const last = hits.length < LEAST_NEAREST ? 0 : Math.max(0, hits.at(-1)?.score ?? 0);
  // All equally near: nothing is known of how far the far ones are.
  const floor = best > last ? last : 0;
  const near = hits.filter(({ score }) => score > floor);
  return { shares: new Map(near.map(({ id, score }) => [id, (score - floor) / (best - floor)])), weight };
}

interface IndexedScope {
  index: LexicalIndex;
  revision: number;
  removals: number;
  /** When it was last known to hold everything. */
  at: number;
  /** What was wrong with its last recall. */
  warning: string | undefined;
  /** Settles when the last refresh asked for has ended. */
  refreshed: Promise<void>;
}

/** So many items are read between two turns of the event loop. */
const PAGE = 2_000;
/** What is older may lack what other processes remembered: the router then asks instead of guessing. */
const FRESH_MS = 60_000;
const MOST_LISTED = 100_000;

async function refresh(table: ItemTable, scope: MemoryScope, indexed: IndexedScope): Promise<void> {
  for (let last = PAGE; last === PAGE;) {
    // Each page begins where the one before ended.
    let page = await table.since(scope, indexed.revision, PAGE);
    if (page.removals !== indexed.removals) {
      indexed.index = new LexicalIndex();
      indexed.removals = page.removals;
      page = await table.since(scope, 0, PAGE);
    }
    indexed.index.add(page.items);
    indexed.revision = page.revision;
    last = page.items.length;
  }
  indexed.at = performance.now();
}
