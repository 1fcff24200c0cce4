import type { TenantId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";

/** Where an item lives: never readable from another tenant or namespace. */
export interface MemoryScope {
  readonly tenant: TenantId;
  /** Vector layer: a corpus or subject. Session layer: the session id. */
  readonly namespace: string;
}

/** Something remembered. `id` is stable: remembering the same id in the same scope again changes nothing. */
export interface MemoryItem {
  readonly id: string;
  readonly text: string;
  /** Items of one group (a conversation, a document section) are neighbours in the order of `order`. */
  readonly group: string;
  readonly order: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Words that should find the item although they are not in its text, such as the headings above it. */
  readonly context?: string;
  /** Flat data that travels with the item, such as `file` and `line`. */
  readonly meta: JsonObject;
}

export type LayerName = "context" | "session" | "vector";

export interface RecalledItem extends MemoryItem {
  readonly layer: LayerName;
  /** Higher is better; comparable only inside one layer and query. */
  readonly score: number;
  /** What each rule added to the score: the explanation of the ranking. */
  readonly why: { readonly [rule: string]: number };
}
