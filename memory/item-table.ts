import type { TenantId } from "../core/ids.ts";
import type { MemoryItem, MemoryScope } from "./item.ts";
import type { RunFence } from "./layer.ts";
import type { PurgeFilter } from "./purge.ts";
import type { VectorPlace } from "./vector-index.ts";

/** Keeps the items of the long-term layer. Tenant and namespace are part of every key and every condition. */
export interface ItemTable {
  /** Stores the items whose ids the scope does not hold yet: all of them, or none when it fails. Throws `fenced` where it can tell. */
  insert(scope: MemoryScope, items: readonly MemoryItem[], fence?: RunFence): Promise<void>;
  /** Up to `limit` items stored after `revision`, in the order in which they were stored, and the revision then reached. */
  since(scope: MemoryScope, revision: number, limit: number): Promise<ItemPage>;
  /** What `purge` would remove. */
  unwanted(filter: PurgeFilter): Promise<readonly UnwantedItem[]>;
  /** Removes what fits the filter, and tells how many items that were. */
  purge(filter: PurgeFilter): Promise<number>;
  /** The namespaces of a tenant, as they stand in keys. */
  namespaces(tenant: TenantId): Promise<readonly string[]>;
  /** Up to which revision an index has taken in a scope; 0 for one that never did. */
  progress(scope: MemoryScope, target: string): Promise<number>;
  /** Notes that an index has taken in a scope up to a revision; never goes back. */
  advance(scope: MemoryScope, target: string, revision: number): Promise<void>;
}

interface ItemPage {
  readonly revision: number;
  readonly items: readonly MemoryItem[];
  /** Raised whenever something of the tenant was removed: what was read before is then out of date. */
  readonly removals: number;
}

export interface UnwantedItem {
  readonly place: VectorPlace;
  readonly id: string;
}
