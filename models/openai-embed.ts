import type { OpenAI } from "openai";
import pLimit from "p-limit";

import { systemClock } from "../core/clock.ts";
import { type Embed, type EmbedOptions, unitVector } from "../core/embed.ts";
import { BatonError } from "../core/errors.ts";
import { deadline } from "./deadline.ts";
import { EmbeddingCache } from "./embedding-cache.ts";
import { type Endpoint, endpoint, type EndpointOptions } from "./endpoint.ts";
import { type FailureContext, toModelError } from "./openai-error.ts";
import { scopedFetch } from "./scoped-fetch.ts";
import { type RetryPolicy, withRetriesOf } from "./with-retries.ts";

export interface OpenAIEmbedOptions extends EndpointOptions {
  /** How long the vectors are. @default what is known of OpenAI's own models; other models must say it */
  readonly dimensions?: number;
  /** Texts of one request. @default 128; lower it for endpoints that take fewer */
  readonly batchSize?: number;
  /** Requests at the same time. @default 4 */
  readonly concurrency?: number;
  /** The longest a request may take. @default 30 000 */
  readonly timeoutMs?: number;
  /** Texts whose vectors are kept in the process, found by their content. @default 2 000 */
  readonly cacheSize?: number;
  /** How failed requests are repeated. @default 3 requests, full jitter */
  readonly retry?: RetryPolicy;
  /** Sent with every request, such as a gateway's own key. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
}

const KNOWN_DIMENSIONS: Readonly<Record<string, number>> = {
  "text-embedding-3-small": 1_536,
  "text-embedding-3-large": 3_072,
  "text-embedding-ada-002": 1_536,
};

/** So many characters of one request stay below what OpenAI takes, whatever the language. */
const MOST_CHARACTERS = 200_000;

/**
 * An embedding model of OpenAI, or of any endpoint that speaks its embeddings, in batches and with retries. Opens nothing: the `openai` package is
 * loaded by the first call. Throws `config-invalid` when it cannot be known how long the vectors are, or the base URL is none.
 */
export function openaiEmbed(model = "text-embedding-3-small", options: OpenAIEmbedOptions = {}): Embed {
  const target = endpoint(options);
  const dimensions = dimensionsOf(model, options);
  const client: Client = { model, options, target, dimensions, ref: `openai/${model}`, loaded: undefined };
  const cache = new EmbeddingCache(options.cacheSize ?? 2_000);
  const limit = pLimit(options.concurrency ?? 4);

  async function embedMissing(texts: readonly string[]): Promise<readonly Float32Array[]> {
    const answers = batches(texts, options.batchSize ?? 128).map((batch) => limit(() => request(client, batch)));
    return (await Promise.all(answers)).flat();
  }

  return {
    ref: client.ref,
    dimensions,
    check: () => checkKey(client),
    async embed(texts, embedding: EmbedOptions = {}) {
      embedding.signal?.throwIfAborted();
      checkKey(client);
      // Shared with whoever asks for the same text, so that one caller's abort does not break the others' answer.
      return await orAborted(cache.get(texts, embedMissing), embedding.signal);
    },
  };
}

interface Client {
  readonly model: string;
  readonly ref: string;
  readonly options: OpenAIEmbedOptions;
  readonly target: Endpoint;
  readonly dimensions: number;
  loaded: Promise<OpenAI> | undefined;
}

function dimensionsOf(model: string, { dimensions }: OpenAIEmbedOptions): number {
  const found = dimensions ?? KNOWN_DIMENSIONS[model];
  if (found !== undefined && Number.isInteger(found) && found > 0) return found;
  throw new BatonError(
    "config-invalid",
    `It is not known how long the vectors of the embedding model \`${model}\` are${dimensions === undefined ? "" : `: \`${dimensions}\` is no length`}.`,
    { hint: `Write it: openaiEmbed("${model}", { dimensions: 768 })` },
  );
}

function checkKey({ target, ref }: Client): void {
  if (!target.needsKey || target.key() !== undefined) return;
  throw new BatonError("model-key-missing", `Embedding model \`${ref}\` has no API key for ${target.url}.`, {
    hint: "Set OPENAI_API_KEY, or take `embed` out of baton.config.ts: memory then finds by words alone.",
  });
}

function batches(texts: readonly string[], size: number): readonly (readonly string[])[] {
  const found: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const last = found.at(-1);
    if (last === undefined || last.length >= size || characters + text.length > MOST_CHARACTERS) {
      found.push([text]);
      characters = text.length;
    } else {
      last.push(text);
      characters += text.length;
    }
  }
  return found;
}

async function request(client: Client, texts: readonly string[]): Promise<readonly Float32Array[]> {
  const { model, options, dimensions } = client;
  client.loaded ??= load(client);
  const sdk = await client.loaded;
  return await withRetriesOf(options.retry ?? {}, undefined, async () => {
    const timeoutMs = options.timeoutMs ?? 30_000;
    const time = deadline({ timeoutMs, idleTimeoutMs: timeoutMs });
    try {
      const answer: unknown = await sdk.embeddings.create(
        {
          model,
          input: [...texts],
          encoding_format: "float",
          // Only where it was asked for: other endpoints refuse the field.
          ...(options.dimensions === undefined || !client.target.isOpenAI ? {} : { dimensions }),
        },
        { signal: time.signal },
      );
      return vectorsOf(answer, texts.length, client);
    } catch (error) {
      throw BatonError.is(error) ? error : toModelError(error, contextOf(client));
    } finally {
      time.stop();
    }
  });
}

/** In the order of the texts, whatever the order of the answer. */
function vectorsOf(answer: unknown, count: number, client: Client): readonly Float32Array[] {
  const vectors: Float32Array[] = [];
  for (const [at, entry] of entriesOf(answer).entries()) {
    const { embedding, index = at } = entry;
    if (!Array.isArray(embedding) || !embedding.every((value) => typeof value === "number" && Number.isFinite(value)))
      throw unusable(client, "an answer that holds no numbers");
    if (index < 0 || index >= count) throw unusable(client, `a vector for text ${index} of ${count}`);
    if (embedding.length !== client.dimensions) throw unusable(client, `vectors of ${embedding.length} numbers`);
    vectors[index] = unitVector(embedding);
  }
  const whole = vectors.filter((vector) => vector !== undefined);
  if (whole.length !== count || vectors.length !== count)
    throw unusable(client, `${whole.length} vectors for ${count} texts`);
  return vectors;
}

interface AnswerEntry {
  readonly embedding?: unknown;
  readonly index?: number;
}

function entriesOf(answer: unknown): readonly AnswerEntry[] {
  const isAnswer = typeof answer === "object" && answer !== null && "data" in answer && Array.isArray(answer.data);
  if (!isAnswer) return [];
  // Whatever the endpoint sent: each field is looked at before it is used.
  return (answer.data as readonly unknown[]).map((entry) => {
    if (typeof entry !== "object" || entry === null) return {};
    const index = "index" in entry && Number.isInteger(entry.index) ? Number(entry.index) : undefined;
    return {
      ...("embedding" in entry ? { embedding: entry.embedding } : {}),
      ...(index === undefined ? {} : { index }),
    };
  });
}

function unusable({ ref, dimensions, target }: Client, found: string): BatonError {
  return new BatonError(
    "embedding-invalid",
    `Embedding model \`${ref}\` at ${target.url} gave ${found}; ${dimensions} numbers for each text were expected.`,
    { hint: "Say in `dimensions` of openaiEmbed() how long the vectors of this model are." },
  );
}

function contextOf({ ref, target, options }: Client): FailureContext {
  return {
    model: ref,
    url: target.url,
    secrets: [target.key() ?? "", ...Object.values(options.headers ?? {})],
    now: (options.retry?.clock ?? systemClock).now(),
  };
}

async function load({ target, options }: Client): Promise<OpenAI> {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    baseURL: target.url,
    apiKey: async () => target.key() ?? "none",
    // Retries have one owner: with-retries.ts.
    maxRetries: 0,
    timeout: (options.timeoutMs ?? 30_000) + 60_000,
    logLevel: "off",
    ...(options.headers === undefined ? {} : { defaultHeaders: { ...options.headers } }),
    fetch: scopedFetch(options.fetch),
  });
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
