import type { VectorSpace } from "../../core/embed.ts";
import type { JsonObject } from "../../core/json.ts";
import { keySegment } from "../../core/scope-key.ts";
import { sha256 } from "../../core/sha256.ts";
import type { VectorEntry, VectorPlace } from "../../memory/vector-index.ts";

/** What Pinecone takes at once; its client checks none of it. */
export const MOST_RECORDS = 1_000;
export const MOST_IDS = 1_000;
export const MOST_NEAREST = 10_000;
/** A little below 2 MB, for what stands around the records. */
const MOST_BYTES = 1_900_000;
/** Below 40 KB, for the id that may be added. */
const MOST_METADATA_BYTES = 32_000;

type MetadataValue = string | number | boolean | string[];

interface PineconeRecord {
  id: string;
  values: number[];
  sparseValues?: { indices: number[]; values: number[] };
  metadata: Record<string, MetadataValue>;
}

/** A namespace of its own for each tenant, namespace and model: no filter has to keep them apart. */
export function namespaceOf(place: VectorPlace, { key }: VectorSpace): string {
  return `${prefixOf(place)}${sha256(key).slice(0, 16)}`;
}

/** What the namespaces of all models of a place begin with, and nothing else does: no segment holds a colon. */
export function prefixOf({ tenant, namespace }: VectorPlace): string {
  return `${tenant}:${namespace}:`;
}

/** Ids as Pinecone takes them: short and in ASCII. Long ones become a hash, and the record says which they are. */
export function recordId(id: string): string {
  return keySegment(id);
}

export function isHashedId(recordIdentifier: string): boolean {
  return recordIdentifier.startsWith("~h");
}

/** The id behind one that is not hashed. */
export function idOf(recordIdentifier: string): string {
  return recordIdentifier.replace(/~([0-9a-f]{4})/g, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

export function recordOf({ id, vector, sparse, metadata }: VectorEntry): PineconeRecord {
  const key = recordId(id);
  return {
    id: key,
    values: [...vector],
    // An empty sparse vector is refused.
    ...(sparse === undefined || sparse.indices.length === 0
      ? {}
      : { sparseValues: { indices: [...sparse.indices], values: [...sparse.values] } }),
    metadata: { ...checkedMetadata(metadata), ...(isHashedId(key) ? { [ID_FIELD]: JSON.stringify(id) } : {}) },
  };
}

/** Where a record with a hashed id says its own one, as JSON: no other field has this name. */
export const ID_FIELD = "baton_id";

/** Flat, without null, texts and lists of texts only, and not too much of it: the first fields that fit. */
function checkedMetadata(metadata: JsonObject): Record<string, MetadataValue> {
  const kept: Record<string, MetadataValue> = {};
  let bytes = 2;
  for (const [name, value] of Object.entries(metadata)) {
    const flat = flatValue(value);
    if (flat === undefined || name === ID_FIELD || name.startsWith("$")) continue;
    const size = Buffer.byteLength(JSON.stringify([name, flat]));
    if (bytes + size > MOST_METADATA_BYTES) continue;
    bytes += size;
    kept[name] = flat;
  }
  return kept;
}

function flatValue(value: JsonObject[string]): MetadataValue | undefined {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((entry) => typeof entry === "string");
  return texts.length === value.length ? texts.map((text) => text.toWellFormed()) : undefined;
}

/** Cuts records into requests that Pinecone takes, by their number and by their bytes. */
export function batchesOf(records: readonly PineconeRecord[]): readonly PineconeRecord[][] {
  const batches: PineconeRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record)) + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length >= MOST_RECORDS || bytes + size > MOST_BYTES) {
      batches.push([record]);
      bytes = size;
    } else {
      last.push(record);
      bytes += size;
    }
  }
  return batches;
}
