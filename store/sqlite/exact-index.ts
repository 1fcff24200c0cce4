import { ExactVectors } from "../../memory/exact-vectors.ts";
import { checkVectors, type VectorIndex } from "../../memory/vector-index.ts";
import type { Connection } from "./connection.ts";

interface VectorRow {
  readonly seq: number;
  readonly id: string;
  readonly vector: Uint8Array;
}

interface Held {
  vectors: ExactVectors;
  revision: number;
  removals: number;
}

/** What all places together may hold in the process; the least used are read again when they are needed. */
const MOST_NUMBERS = 64_000_000;
/** Rows read between two turns of the event loop. */
const PAGE = 1_000;

/** Vectors in the embedded file, compared exactly in the process, which follows what others store. */
export function sqliteVectors(connection: Connection): VectorIndex {
  const insert = connection.statement(
    "insert or replace into memory_vectors (tenant, namespace, space, id, vector) values (?, ?, ?, ?, ?)",
  );
  const since = connection.statement<VectorRow>(
    "select seq, id, vector from memory_vectors where tenant = ? and namespace = ? and space = ? and seq > ? order by seq limit ?",
  );
  const remove = connection.statement("delete from memory_vectors where tenant = ? and namespace = ? and id = ?");
  const removals = connection.statement<{ readonly generation: number }>(
    "select generation from memory_removals where tenant = ?",
  );
  const noteRemoval = connection.statement(
    "insert into memory_removals (tenant, generation) values (?, 1) on conflict (tenant) do update set generation = generation + 1",
  );
  const places = new Map<string, Held>();

  function heldOf(key: string, dimensions: number): Held {
    const held = places.get(key) ?? { vectors: new ExactVectors(dimensions), revision: 0, removals: 0 };
    // Last used, last in the map.
    places.delete(key);
    places.set(key, held);
    return held;
  }

  function forgetLeastUsed(): void {
    let numbers = [...places.values()].reduce((sum, { vectors }) => sum + vectors.numbers, 0);
    for (const [key, { vectors }] of places) {
      if (numbers <= MOST_NUMBERS || places.size === 1) return;
      places.delete(key);
      numbers -= vectors.numbers;
    }
  }

  async function refresh(held: Held, key: readonly [string, string, string], dimensions: number): Promise<void> {
    for (let last = PAGE; last === PAGE;) {
      last = await connection.read(() => {
        const generation = removals.get(key[0])?.generation ?? 0;
        if (generation !== held.removals)
          Object.assign(held, { vectors: new ExactVectors(dimensions), revision: 0, removals: generation });
        const rows = since.all(...key, held.revision, PAGE);
        for (const { id, vector } of rows) held.vectors.set(idFrom(id), fromBytes(vector));
        held.revision = rows.at(-1)?.seq ?? held.revision;
        return rows.length;
      });
    }
  }

  return {
    description: "SQLite",
    async upsert({ tenant, namespace }, space, entries) {
      checkVectors(space, entries);
      const rows = entries.map(({ id, vector }): [string, Uint8Array] => [JSON.stringify(id), toBytes(vector)]);
      await connection.write(() => {
        for (const [id, vector] of rows) insert.run(tenant, namespace, space.key, id, vector);
      });
    },
    async query({ tenant, namespace }, { space, vector, limit, signal }) {
      signal?.throwIfAborted();
      const key = [tenant, namespace, space.key] as const;
      const held = heldOf(JSON.stringify(key), space.dimensions);
      await refresh(held, key, space.dimensions);
      forgetLeastUsed();
      return { hits: held.vectors.nearest(vector, limit) };
    },
    async remove({ tenant, namespace }, ids) {
      await connection.write(() => {
        const gone = ids.reduce((sum, id) => sum + remove.run(tenant, namespace, JSON.stringify(id)), 0);
        if (gone > 0) noteRemoval.run(tenant);
      });
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function toBytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Copied, since a row's bytes may begin where no float can. */
function fromBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function idFrom(json: string): string {
  // Written by `upsert`.
  return JSON.parse(json) as string;
}
