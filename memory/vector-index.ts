import type { VectorSpace } from "../core/embed.ts";
import { BatonError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { type KeySegment, keySegment } from "../core/scope-key.ts";
import type { MemoryScope } from "./item.ts";

/** A scope as it stands in keys: only `placeOf` makes one, so that no name of a tenant reaches an index as it is. */
export interface VectorPlace {
  readonly tenant: KeySegment;
  readonly namespace: KeySegment;
}

export function placeOf({ tenant, namespace }: MemoryScope): VectorPlace {
  return { tenant: keySegment(tenant), namespace: keySegment(namespace) };
}

/** Words as a vector that is mostly zeros: the numbers of the words that are there, ascending, and how much each weighs. */
export interface SparseVector {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

export interface VectorEntry {
  readonly id: string;
  /** Of length 1. */
  readonly vector: Float32Array;
  readonly sparse?: SparseVector;
  /** Flat data for those who look at the index with other programs. */
  readonly metadata: JsonObject;
}

interface VectorQuery {
  /** The vectors of which model are compared; others are not there. */
  readonly space: VectorSpace;
  readonly vector: Float32Array;
  readonly sparse?: SparseVector;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface VectorHits {
  /** Best first; the score is the cosine, with sparse vectors the sum of both products. */
  readonly hits: readonly { readonly id: string; readonly score: number }[];
  /** Why what was stored last may be missing. @default nothing is missing */
  readonly behind?: string;
}

/** Finds the vectors nearest to another one. Keeps no texts: an id that it names is looked up by whoever asked. */
export interface VectorIndex {
  /** What a user calls it. */
  readonly description: string;
  /** Whether entries and queries may be sparse too. @default false */
  readonly acceptsSparse?: boolean;
  /** Stores the entries durably under a space; an id that is there gets the new vector. Throws `embedding-invalid` and `memory-unavailable`. */
  upsert(place: VectorPlace, space: VectorSpace, entries: readonly VectorEntry[]): Promise<void>;
  /** Of this place and space only. Throws `memory-unavailable`. */
  query(place: VectorPlace, query: VectorQuery): Promise<VectorHits>;
  /** Removes the ids from all spaces of a place. */
  remove(place: VectorPlace, ids: readonly string[]): Promise<void>;
  /** Throws `config-invalid` when vectors of this length cannot be stored here, and `memory-unavailable` when that cannot be found out. */
  check(dimensions: number): Promise<void>;
  close(): Promise<void>;
}

/** Throws `embedding-invalid` for a vector that does not belong into the space, before any is stored. */
export function checkVectors({ key, dimensions }: VectorSpace, entries: readonly VectorEntry[]): void {
  for (const { id, vector } of entries) {
    if (vector.length === dimensions && vector.every((value) => Number.isFinite(value))) continue;
    const found = vector.length === dimensions ? "one with a number that is none" : `one of ${vector.length}`;
    throw new BatonError(
      "embedding-invalid",
      `Memory item \`${id.slice(0, 80)}\`: expected a vector of ${dimensions} numbers for \`${key}\`, got ${found}.`,
      { hint: "Say in `dimensions` of the embedding model how long its vectors are." },
    );
  }
}
