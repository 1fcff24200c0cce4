import { randomUUID } from "node:crypto";

import { type Embed, spaceOf } from "../core/embed.ts";
import { BatonError } from "../core/errors.ts";
import { inTime } from "./in-time.ts";
import { checkVectors } from "./vector-index.ts";

export interface Patience {
  /** The longest a recall waits for the vector of its query, in milliseconds. @default 2000; more where the model runs on this machine's processor */
  readonly queryMs?: number;
  /** How long a model is not asked after it failed five times in a row, in milliseconds. @default 30000 */
  readonly pauseMs?: number;
}

/** A text's vector, or why the model makes none of it although it answers others. */
type Embedded = { readonly vector: Float32Array } | { readonly refused: string };

/** An embedding model that nobody waits for in vain, and of which one text that it refuses keeps no other back. */
interface PatientEmbed {
  /** Throws `memory-unavailable`, without a request, while the model is left alone, and what the model throws. */
  query(text: string, signal: AbortSignal | undefined): Promise<Float32Array>;
  /** One for each text, in order. Throws as `query` does; a text that the model refuses is no failure. */
  all(texts: readonly string[], signal: AbortSignal): Promise<readonly Embedded[]>;
  /** Whether it is left alone at the moment. */
  isDown(): boolean;
  /** Somebody waited longer than is any use. */
  noteFailure(): void;
}

const FAILURES_UNTIL_DOWN = 5;

export function patientEmbed(embed: Embed, { queryMs = 2_000, pauseMs = 30_000 }: Patience = {}): PatientEmbed {
  let failures = 0;
  let downUntil = 0;

  function noteFailure(): void {
    failures += 1;
    if (failures >= FAILURES_UNTIL_DOWN) downUntil = performance.now() + pauseMs;
  }

  const isDown = (): boolean => performance.now() < downUntil;

  async function counted<T>(signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
    if (isDown()) throw leftAlone(embed.ref);
    try {
      const answer = await ask();
      failures = 0;
      return answer;
    } catch (error) {
      // Who was told to stop learned nothing of the model.
      if (signal?.aborted !== true) noteFailure();
      throw error;
    }
  }

  async function vectorsOf(
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]> {
    const vectors = await embed.embed(texts, { signal });
    const entries = texts.map((_, at) => ({
      id: `text ${at + 1}`,
      vector: vectors[at] ?? new Float32Array(),
      metadata: {},
    }));
    checkVectors(spaceOf(embed), entries);
    return vectors;
  }

  /** A batch that fails is halved until the texts that are refused stand alone. */
  async function apart(texts: readonly string[], signal: AbortSignal): Promise<readonly Embedded[]> {
    try {
      return (await vectorsOf(texts, signal)).map((vector) => ({ vector }));
    } catch (error) {
      signal.throwIfAborted();
      if (mayPass(error)) throw error;
      if (texts.length > 1) {
        const half = Math.ceil(texts.length / 2);
        return [...(await apart(texts.slice(0, half), signal)), ...(await apart(texts.slice(half), signal))];
      }
      // A new text, which no cache knows: does the model answer at all?
      await vectorsOf([`Is this model there? ${randomUUID()}`], signal).catch(() => {
        throw error;
      });
      return [{ refused: error instanceof Error ? error.message : String(error) }];
    }
  }

  return {
    isDown,
    noteFailure,
    all: async (texts, signal) => await counted(signal, async () => await apart(texts, signal)),
    async query(text, signal) {
      const [vector = new Float32Array()] = await counted(signal, async () => {
        const late = AbortSignal.timeout(queryMs);
        const both = signal === undefined ? late : AbortSignal.any([signal, late]);
        return await inTime(vectorsOf([text], both), { ms: queryMs, what: `embedding model ${embed.ref}` });
      });
      return vector;
    },
  };
}

function leftAlone(ref: string): BatonError {
  return new BatonError("memory-unavailable", `Embedding model \`${ref}\` is not asked for a moment: it failed.`, {
    hint: "Recalls go on by words. Look whether its endpoint answers: baton doctor",
  });
}

/** The same request may succeed later: a model's error says so itself. */
function mayPass(error: unknown): boolean {
  return typeof error === "object" && error !== null && "retryable" in error && error.retryable === true;
}
