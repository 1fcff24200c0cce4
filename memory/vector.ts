import type { TenantId } from "../core/ids.ts";
import { scopeKey } from "../core/scope-key.ts";
import type { MemoryItem, MemoryScope } from "./item.ts";
import { checkItems } from "./item-check.ts";
import type { LastingLayer } from "./layer.ts";
import { LexicalIndex } from "./lexical.ts";
import type { PurgeFilter } from "./purge.ts";

/** Keeps the items of the long-term layer. Tenant and namespace are part of every key and every condition. */
export interface ItemTable {
  /** Stores the items whose ids the scope does not hold yet: all of them, or none when it fails. */
  insert(scope: MemoryScope, items: readonly MemoryItem[]): Promise<void>;
  /** Up to `limit` items stored after `revision`, in the order in which they were stored, and the revision then reached. */
  since(scope: MemoryScope, revision: number, limit: number): Promise<ItemPage>;
  /** Removes what fits the filter, and tells how many items that were. */
  purge(filter: PurgeFilter): Promise<number>;
  /** The namespaces of a tenant, as they stand in keys. */
  namespaces(tenant: TenantId): Promise<readonly string[]>;
}

export interface ItemPage {
  readonly revision: number;
  readonly items: readonly MemoryItem[];
  /** Raised whenever something of the tenant was removed: what was read before is then out of date. */
  readonly removals: number;
}

export interface VectorLayerOptions {
  /** How many items the indexes of all scopes together may hold in this process. @default 200000; lower it where memory is short */
  readonly maxIndexedItems?: number;
}

/**
 * The long-term layer over a table in the same process: a scope's index is made at its first recall and takes in, at each later one,
 * what this or another process stored since.
 */
export function vectorLayer(table: ItemTable, options: VectorLayerOptions = {}): LastingLayer {
  const scopes = new Map<string, IndexedScope>();
  const maxIndexedItems = options.maxIndexedItems ?? 200_000;

  function indexed(scope: MemoryScope): IndexedScope {
    const key = scopeKey(scope.tenant, scope.namespace);
    const found = scopes.get(key) ?? {
      index: new LexicalIndex(),
      revision: 0,
      removals: 0,
      at: -FRESH_MS,
      refreshed: Promise.resolve(),
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

  return {
    name: "vector",
    sketch(scope) {
      const known = scopes.get(scopeKey(scope.tenant, scope.namespace));
      return known !== undefined && performance.now() - known.at < FRESH_MS ? known.index : undefined;
    },
    purge: (filter) => table.purge(filter),
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
      return found.index
        .search(text, limit, query)
        .map(({ item, score, why }) => ({ ...item, layer: "vector", score, why }));
    },
    async remember(scope, items) {
      checkItems(items);
      if (items.length > 0) await table.insert(scope, items);
    },
  };
}

interface IndexedScope {
  index: LexicalIndex;
  revision: number;
  removals: number;
  /** When it was last known to hold everything. */
  at: number;
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
