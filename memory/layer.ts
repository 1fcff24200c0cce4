import type { LayerName, MemoryItem, MemoryScope, RecalledItem } from "./item.ts";

export interface RecallQuery {
  readonly scope: MemoryScope;
  readonly text: string;
  /** At most this many items. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** One of the three memory layers. Later back ends replace the inside, never these two methods. */
export interface MemoryLayer {
  readonly name: LayerName;
  /** The items of the scope that fit the query, best first. An unknown scope recalls nothing. */
  recall(query: RecallQuery): Promise<readonly RecalledItem[]>;
  /** Stores the items durably; an id that the scope already holds is left as it is. */
  remember(scope: MemoryScope, items: readonly MemoryItem[]): Promise<void>;
}
