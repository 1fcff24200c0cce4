import { randomUUID } from "node:crypto";

import { keySegment } from "../../core/scope-key.ts";
import type { VectorIndex, VectorPlace } from "../../memory/vector-index.ts";
import { pineconeVectors } from "../../store/pinecone/pinecone-vectors.ts";
import { vectorIndexSuite } from "../../testing/vector-index-suite.ts";

/** The suite that runs on the contract server, on the service itself: an index with vectors of 16 numbers, named by PINECONE_INDEX. */
vectorIndexSuite("vectors in Pinecone", async () => await ownPart(await open()), { operations: 100 });

async function open(): Promise<VectorIndex> {
  const { PINECONE_API_KEY: apiKey = "", PINECONE_INDEX: index = "baton-test", PINECONE_CONTROLLER_HOST } = process.env;
  return await pineconeVectors({
    apiKey,
    index,
    // The service takes in writes late: the suite looks at what it wrote at once.
    freshMs: 60_000,
    ...(PINECONE_CONTROLLER_HOST === undefined ? {} : { controllerHost: PINECONE_CONTROLLER_HOST }),
  });
}

/** Every test has namespaces of its own, and takes away what it stored: an index may hold other things. */
async function ownPart(index: VectorIndex): Promise<VectorIndex> {
  const prefix = randomUUID();
  const stored = new Map<string, { readonly place: VectorPlace; readonly ids: Set<string> }>();
  const own = ({ tenant, namespace }: VectorPlace): VectorPlace => ({
    tenant: keySegment(`${prefix} ${tenant}`),
    namespace,
  });
  return {
    ...index,
    async upsert(place, space, entries) {
      const there = own(place);
      const key = JSON.stringify(there);
      const known = stored.get(key) ?? { place: there, ids: new Set() };
      for (const { id } of entries) known.ids.add(id);
      stored.set(key, known);
      await index.upsert(there, space, entries);
    },
    query: async (place, query) => await index.query(own(place), query),
    remove: async (place, ids) => await index.remove(own(place), ids),
    async close() {
      for (const { place, ids } of stored.values()) await index.remove(place, [...ids]);
      await index.close();
    },
  };
}
