import { type JsonObject, type JsonValue, textOf } from "../core/json.ts";

/** A record as the server keeps it. */
export interface StoredRecord {
  readonly id: string;
  readonly values: readonly number[];
  readonly sparse: ReadonlyMap<number, number>;
  readonly metadata: JsonObject;
}

type Write = { readonly kind: "put"; readonly record: StoredRecord } | { readonly kind: "delete"; readonly id: string };

/** One namespace: writes are numbered at once and seen later, as an index does that follows its log. */
export class PineconeNamespace {
  readonly #records = new Map<string, StoredRecord>();
  #waiting: { readonly lsn: number; readonly write: Write; left: number }[] = [];
  readonly #lagReads: number;
  lsn = 0;
  indexed = 0;

  /** A write is seen by the read after so many reads. */
  constructor(lagReads: number) {
    this.#lagReads = lagReads;
  }

  /** Takes in the writes of one request under one number. */
  write(writes: readonly Write[]): number {
    this.lsn += 1;
    this.#waiting.push(...writes.map((write) => ({ lsn: this.lsn, write, left: this.#lagReads })));
    if (this.#lagReads === 0) this.#index();
    return this.lsn;
  }

  /** What a reader sees now; what waits comes one read nearer. */
  read(): ReadonlyMap<string, StoredRecord> {
    this.#index();
    for (const waiting of this.#waiting) waiting.left -= 1;
    return this.#records;
  }

  #index(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].left <= 0) {
      const [{ lsn, write }] = [this.#waiting[0]];
      this.#waiting = this.#waiting.slice(1);
      if (write.kind === "put") this.#records.set(write.record.id, write.record);
      else this.#records.delete(write.id);
      this.indexed = lsn;
    }
  }
}

/** The records nearest to what a query asks, as the server answers them. */
export function nearest(records: readonly StoredRecord[], body: JsonObject, metric: string): JsonObject[] {
  const vector = Array.isArray(body["vector"]) ? body["vector"].map(Number) : [];
  const { indices, values } = sparseOf(body["sparseVector"]);
  const length = metric === "cosine" ? Math.hypot(...vector) : 1;
  return records
    .map(({ id, values: own, sparse }) => {
      const dense = own.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0);
      const words = indices.reduce((sum, index, at) => sum + (sparse.get(index) ?? 0) * (values[at] ?? 0), 0);
      const score = metric === "cosine" ? dense / (length * Math.hypot(...own) || 1) : dense + words;
      return { id, score };
    })
    .toSorted((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1))
    .slice(0, Number(body["topK"]));
}

export function recordFrom(given: JsonObject): StoredRecord {
  const values = given["values"];
  const { indices, values: weights } = sparseOf(given["sparseValues"]);
  const metadata = given["metadata"];
  return {
    id: textOf(given["id"]),
    values: Array.isArray(values) ? values.map(Number) : [],
    sparse: new Map(indices.map((index, at) => [index, weights[at] ?? 0])),
    metadata: isObject(metadata) ? metadata : {},
  };
}

function sparseOf(given: JsonValue | undefined): { readonly indices: number[]; readonly values: number[] } {
  if (!isObject(given)) return { indices: [], values: [] };
  const { indices, values } = given;
  return {
    indices: Array.isArray(indices) ? indices.map(Number) : [],
    values: Array.isArray(values) ? values.map(Number) : [],
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
