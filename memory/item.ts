import type { TenantId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";

/** Where an item lives: never readable from another tenant or namespace. */
export interface MemoryScope {
  readonly tenant: TenantId;
  /** Vector layer: a corpus or subject. Session layer: the session id. */
  readonly namespace: string;
}

/** How far the words of an item are to be trusted: nobody vouches for `untrusted` ones, such as those of a web page or an unknown user. */
export type Trust = "untrusted" | "unreviewed" | "reviewed";

/** Who remembered an item, where and from what. */
export interface Origin {
  readonly run?: string;
  readonly step?: number;
  readonly attempt?: number;
  readonly prompt?: string;
  readonly kind: "agent" | "node" | "tool" | "person";
  /** Its name: the node's, the tool's, the person's. */
  readonly by: string;
  readonly trust: Trust;
  /** Of what it was made, where it was made of other items. */
  readonly from?: { readonly runs: readonly string[]; readonly writers: readonly string[] };
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
  readonly origin?: Origin;
  /** What the text says something of. A later item about the same replaces an earlier one: recalls leave that out. */
  readonly about?: { readonly subject: string; readonly attribute: string };
  /** Id of an item of the same scope that is no longer true since this one: recalls leave that out. */
  readonly replaces?: string;
  /** When what it says began to hold, in milliseconds since the epoch. @default `time` */
  readonly validFrom?: number;
  /** When it ceased to hold: recalls leave it out from then on. */
  readonly validTo?: number;
}

export type LayerName = "context" | "session" | "vector";

/** From what is at hand to what is far. */
export const LAYER_ORDER: readonly LayerName[] = ["context", "session", "vector"];

export function isLayer(name: unknown): name is LayerName {
  return LAYER_ORDER.some((layer) => layer === name);
}

export interface RecalledItem extends MemoryItem {
  readonly layer: LayerName;
  /** Higher is better; comparable only inside one layer and query. */
  readonly score: number;
  /** What each rule added to the score: the explanation of the ranking. */
  readonly why: { readonly [rule: string]: number };
}
