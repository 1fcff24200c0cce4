import { BatonError } from "../core/errors.ts";
import type { TenantId } from "../core/ids.ts";
import type { LayerName, MemoryItem, MemoryScope, RecalledItem } from "./item.ts";

import type { LexicalIndex } from "./lexical.ts";
import type { PurgeFilter } from "./purge.ts";

export interface RecallQuery {
  readonly scope: MemoryScope;
  readonly text: string;
  /** At most this many items. */
  readonly limit: number;
  readonly signal?: AbortSignal;
  /** Leaves out what does not hold at this time, in milliseconds since the epoch. @default now */
  readonly asOf?: number;
  /** Leaves out items for which it says no. @default none */
  readonly keep?: (item: MemoryItem) => boolean;
}

/** For whom something is remembered: what a run's earlier owner writes late is refused where the layer can tell. */
export interface RunFence {
  readonly run: string;
  readonly epoch: number;
}

/** The error of a process that writes for a run which another one has taken over. */
export function outdatedOwner({ namespace }: MemoryScope): BatonError {
  return new BatonError("fenced", `Memory \`${namespace}\` belongs to a run that has a later owner.`, {
    hint: "Another process has taken over the run; this one has stopped. Look at it with: baton show",
  });
}

/** One of the three memory layers. Later back ends replace the inside, never these two methods. */
export interface MemoryLayer {
  readonly name: LayerName;
  /** The items of the scope that fit the query, best first. An unknown scope recalls nothing. */
  recall(query: RecallQuery): Promise<readonly RecalledItem[]>;
  /** Stores the items durably; an id that the scope already holds is left as it is. */
  remember(scope: MemoryScope, items: readonly MemoryItem[], fence?: RunFence): Promise<void>;
  /** What the process knows of the scope without asking the layer; undefined when that is nothing, or too old. */
  sketch?(scope: MemoryScope): LexicalIndex | undefined;
  /** Whether it is known that a call would fail. @default no */
  isDown?(): boolean;
  /** What is wrong with what the scope last gave, although it gave something. @default nothing */
  warning?(scope: MemoryScope): string | undefined;
}

/** A layer that outlives runs: what it holds can be looked through and removed. */
export interface LastingLayer extends MemoryLayer {
  /** Removes what fits the filter, and tells how many items that were. */
  purge(filter: PurgeFilter): Promise<number>;
  /** The namespaces of a tenant, as they stand in keys: other letters than `A-Z a-z 0-9 . _ -` are encoded. */
  namespaces(tenant: TenantId): Promise<readonly string[]>;
  /** What a scope holds, oldest first. */
  list(scope: MemoryScope): Promise<readonly MemoryItem[]>;
}
