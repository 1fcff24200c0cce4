import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** What Pinecone documents of its limits; each message is the server's own. */
const MOST_RECORDS = 1_000;
const MOST_REQUEST_BYTES = 2 * 1_024 * 1_024;
const MOST_METADATA_BYTES = 40 * 1_024;
const MOST_NEAREST = 10_000;
const MOST_IDS = 1_000;
const LONGEST_ID = 512;

/** Why a request is refused with 400; undefined for one that keeps the limits. */
export function refusalOf(path: string, body: JsonObject, request: RequestFacts): string | undefined {
  if (path === "/vectors/upsert") return upsertRefusal(body, request);
  if (path === "/query") return queryRefusal(body, request.dimension);
  if (path === "/vectors/delete") {
    const { ids } = body;
    if (Array.isArray(ids) && ids.length > MOST_IDS) return `Cannot delete more than ${MOST_IDS} ids`;
  }
  return undefined;
}

interface RequestFacts {
  readonly bytes: number;
  readonly dimension: number;
  readonly takesSparse: boolean;
}

function upsertRefusal(body: JsonObject, { bytes, dimension, takesSparse }: RequestFacts): string | undefined {
  const records = Array.isArray(body["vectors"]) ? body["vectors"] : [];
  if (bytes > MOST_REQUEST_BYTES) return `Request size ${bytes} exceeds the limit of ${MOST_REQUEST_BYTES} bytes`;
  if (records.length === 0 || records.length > MOST_RECORDS) return `Expected 1 to ${MOST_RECORDS} vectors`;
  for (const record of records) {
    if (!isJsonObject(record)) return "A vector is no object";
    const { id, values, sparseValues, metadata } = record;
    // Ids of other letters are taken by some index types only.
    if (typeof id !== "string" || id === "" || id.length > LONGEST_ID || !/^[\x20-\x7e]+$/.test(id))
      return "Vector ID must be 1 to 512 ASCII characters";
    if (!Array.isArray(values) || values.length !== dimension)
      return `Vector dimension ${Array.isArray(values) ? values.length : 0} does not match the dimension of the index ${dimension}`;
    if (values.every((value) => value === 0)) return "Dense vectors must contain at least one non-zero value";
    if (sparseValues !== undefined && !takesSparse) return "The index does not support sparse values";
    const refused = isJsonObject(metadata) ? metadataRefusal(metadata) : undefined;
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function metadataRefusal(metadata: JsonObject): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes > MOST_METADATA_BYTES) return `Metadata size is ${bytes} bytes, which exceeds the limit of 40960 bytes`;
  for (const [name, value] of Object.entries(metadata))
    if (name.startsWith("$") || !isFlat(value))
      return `Metadata value must be a string, number, boolean or list of strings, got '${JSON.stringify(value)}' for field '${name}'`;
  return undefined;
}

function isFlat(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.every((entry) => typeof entry === "string");
  return value !== null && typeof value !== "object";
}

function queryRefusal({ topK, vector }: JsonObject, dimension: number): string | undefined {
  if (typeof topK !== "number" || topK < 1 || topK > MOST_NEAREST) return `topK must be 1 to ${MOST_NEAREST}`;
  if (Array.isArray(vector) && vector.length !== dimension)
    return `Query vector dimension ${vector.length} does not match the dimension of the index ${dimension}`;
  return undefined;
}
