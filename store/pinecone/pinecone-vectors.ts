import type { Index, Pinecone } from "@pinecone-database/pinecone";

import { type Clock, systemClock } from "../../core/clock.ts";
import { BatonError } from "../../core/errors.ts";
import { optionalPackage } from "../../core/optional-package.ts";
import { checkVectors, type VectorHits, type VectorIndex } from "../../memory/vector-index.ts";
import type { PineconeOptions } from "./named.ts";
import { type Exchange, patientFetch } from "./patient-fetch.ts";
import {
  batchesOf,
  ID_FIELD,
  idOf,
  isHashedId,
  MOST_IDS,
  MOST_NEAREST,
  namespaceOf,
  prefixOf,
  recordId,
  recordOf,
} from "./records.ts";

interface OpenPineconeOptions extends PineconeOptions {
  readonly apiKey: string;
  readonly clock?: Clock;
}

/** Vectors in an index of Pinecone, which must be there. Opens no connection before it is used. Throws `package-missing`. */
export async function pineconeVectors(options: OpenPineconeOptions): Promise<VectorIndex> {
  const { freshMs = 2_000, timeoutMs = 10_000, maxAttempts = 4, clock = systemClock, sparse = false } = options;
  const patient = patientFetch({ timeoutMs, maxAttempts, clock });
  const client = await openClient(options, patient.fetch);
  const name = options.index ?? "baton";
  const description = `Pinecone ${options.host ?? name}`;
  const index = client.index(options.host === undefined ? { name } : { host: options.host });
  /** The last write to each namespace, by the numbers that Pinecone gives them. */
  const written = new Map<string, bigint>();

  async function ask<T>(exchange: Exchange, work: (index: Index) => Promise<T>): Promise<T> {
    try {
      return await patient.within(exchange, async () => await work(index));
    } catch (error) {
      exchange.signal?.throwIfAborted();
      throw unavailable(description, error, options.apiKey);
    }
  }

  async function write(namespace: string, work: (index: Index) => Promise<void>): Promise<void> {
    const exchange: Exchange = {};
    await ask(exchange, work);
    const number = numberIn(exchange, "x-pinecone-request-lsn");
    if (number !== undefined && number > (written.get(namespace) ?? -1n)) written.set(namespace, number);
  }

  async function namespacesOf(prefix: string): Promise<readonly string[]> {
    const found: string[] = [];
    let paginationToken: string | undefined;
    do {
      const page = await ask({}, (there) =>
        there.listNamespaces({ prefix, ...(paginationToken === undefined ? {} : { paginationToken }) }),
      );
      found.push(...(page.namespaces ?? []).flatMap((entry) => entry.name ?? []));
      paginationToken = page.pagination?.next;
    } while (paginationToken !== undefined && paginationToken !== "");
    return found.filter((namespace) => namespace.startsWith(prefix));
  }

  /** The ids of records whose own one was too long. */
  async function longIds(namespace: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const batch of slices(ids, IDS_IN_ADDRESS)) {
      const { records } = await ask({}, (there) => there.fetch({ ids: [...batch], namespace }));
      for (const [key, { metadata }] of Object.entries(records)) {
        const json = metadata?.[ID_FIELD];
        // Written by `recordOf`.
        if (typeof json === "string") found.set(key, JSON.parse(json) as string);
      }
    }
    return found;
  }

  return {
    description,
    acceptsSparse: sparse,
    async upsert(place, space, entries) {
      checkVectors(space, entries);
      const namespace = namespaceOf(place, space);
      for (const records of batchesOf(entries.map(recordOf)))
        await write(namespace, async (there) => await there.upsert({ records, namespace }));
    },
    async query(place, { space, vector, sparse: words, limit, signal }): Promise<VectorHits> {
      signal?.throwIfAborted();
      if (limit < 1) return { hits: [] };
      const namespace = namespaceOf(place, space);
      const asked = {
        vector: [...vector],
        topK: Math.min(limit, MOST_NEAREST),
        namespace,
        ...(words === undefined || words.indices.length === 0
          ? {}
          : { sparseVector: { indices: [...words.indices], values: [...words.values] } }),
      };
      const deadline = clock.now() + freshMs;
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
        const exchange: Exchange = { signal };
        const { matches } = await ask(exchange, (there) => there.query(asked));
        const indexed = numberIn(exchange, "x-pinecone-max-indexed-lsn");
        const isFresh = indexed === undefined || indexed >= (written.get(namespace) ?? 0n);
        if (!isFresh && clock.now() + pause < deadline) {
          await clock.sleep(pause, signal);
          continue;
        }
        const long = await longIds(namespace, matches.map(({ id }) => id).filter(isHashedId));
        const hits = matches.flatMap(({ id, score = 0 }) => {
          const own = isHashedId(id) ? long.get(id) : idOf(id);
          return own === undefined ? [] : [{ id: own, score }];
        });
        const behind = "the index has not taken in what was remembered last";
        return isFresh ? { hits } : { hits, behind };
      }
    },
    async remove(place, ids) {
      for (const namespace of await namespacesOf(prefixOf(place)))
        for (const batch of slices(ids.map(recordId), MOST_IDS))
          await write(namespace, async (there) => await there.deleteMany({ ids: [...batch], namespace }));
    },
    async check(dimensions) {
      const { dimension } = await ask({}, (there) => there.describeIndexStats());
      if (dimension === undefined || dimension === dimensions) return;
      throw new BatonError(
        "config-invalid",
        `The index of \`${description}\` holds vectors of ${dimension} numbers; the embedding model makes ${dimensions}.`,
        { hint: "Name an index of this dimension, or an embedding model whose vectors fit." },
      );
    },
    close: () => Promise.resolve(),
  };
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 400;
/** Ids travel in the address when they are fetched. */
const IDS_IN_ADDRESS = 50;

function numberIn({ headers }: Exchange, name: string): bigint | undefined {
  const text = headers?.get(name) ?? "";
  return /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function slices<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}

/** The client's texts may repeat what was sent; the key never stands in a message. */
function unavailable(description: string, error: unknown, apiKey: string): BatonError {
  const said = (error instanceof Error ? innermost(error) : String(error)).replaceAll(apiKey, "…").slice(0, 300);
  return new BatonError("memory-unavailable", `\`${description}\` did not answer: ${said}`, {
    hint: "Check the index's name, PINECONE_API_KEY and the network; words still find meanwhile.",
  });
}

function innermost(error: Error): string {
  let current = error;
  while (current.cause instanceof Error) current = current.cause;
  return current.message;
}

async function openClient(
  { apiKey, controllerHost }: OpenPineconeOptions,
  fetchApi: typeof globalThis.fetch,
): Promise<Pinecone> {
  const { Pinecone } = await loadPackage();
  return new Pinecone({
    apiKey,
    fetchApi,
    // Retries have one owner: patient-fetch.ts.
    maxRetries: 0,
    ...(controllerHost === undefined ? {} : { controllerHostUrl: controllerHost }),
  });
}

async function loadPackage(): Promise<typeof import("@pinecone-database/pinecone")> {
  const name = "@pinecone-database/pinecone";
  return await optionalPackage({ name, needs: "Pinecone needs" }, () => import("@pinecone-database/pinecone"));
}
