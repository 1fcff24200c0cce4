import { type Clock, systemClock } from "../core/clock.ts";
import { type BreakerPolicy, breakerOf } from "./circuit-breaker.ts";
import type { Model, ModelRequest, ModelResponse } from "./model.ts";
import { ModelError } from "./model-error.ts";
import { gateOf, type ProviderLimits } from "./provider-gate.ts";
import { type RetryPolicy, withRetries } from "./with-retries.ts";
import { wrapModel } from "./wrap-model.ts";

/** How calls of a model are made. Breakers and limits count what this process does; other processes have their own. */
export interface CallPolicy {
  /** How failed requests are repeated. @default 3 requests, full jitter */
  readonly retry?: RetryPolicy;
  /** When a model that is down is left alone; false asks it again and again. @default after 5 requests, for 30 s */
  readonly breaker?: BreakerPolicy | false;
  /** What this process takes of the provider at most; shared by all its models. @default 64 requests at once */
  readonly limits?: ProviderLimits;
}

/** Where a model is asked. */
export interface ModelPlace {
  /** Names the provider: its base URL, or what stands for it. */
  readonly url: string;
  readonly model: string;
}

/**
 * Returns the model as runs use it: retries around a breaker around the provider's limits. A breaker counts requests and not calls, so that three
 * attempts at a dead provider are three failures, and a request that it refuses is no request.
 */
export function inProduction(once: Model, place: ModelPlace, policy: CallPolicy): Model {
  const { retry = {}, breaker = {}, limits } = policy;
  const gate = gateOf(place.url, limits);
  const guard = breaker === false ? undefined : breakerOf(place, breaker);
  const pause = pauseOf(place, retry.clock ?? systemClock);
  return withRetries(
    wrapModel(once, async (request, options = {}) => {
      await pause.over(once.ref, retry, options.signal);
      const send = async (): Promise<ModelResponse> =>
        await gate.pass(async () => await once.generate(request, options), options.signal, {
          guess: guessTokens(request),
          of: ({ usage }) => usage.inputTokens + usage.outputTokens,
        });
      try {
        return await (guard === undefined ? send() : guard.run(send));
      } catch (error) {
        pause.heard(error);
        throw error;
      }
    }),
    retry,
  );
}

/** Four characters are about a token; counting them exactly would take longer than most of what waits for it. */
const CHARACTERS_OF_A_TOKEN = 4;

function guessTokens({ messages }: ModelRequest): number {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  return Math.ceil(characters / CHARACTERS_OF_A_TOKEN);
}

/** A model that said 429 is left alone by everybody in this process until the time that it named. */
interface Pause {
  heard(error: unknown): void;
  /** Waits until it is over; throws when that is later than the policy waits. */
  over(model: string, policy: RetryPolicy, signal: AbortSignal | undefined): Promise<void>;
}

const pauses = new Map<string, number>();

function pauseOf({ url, model }: ModelPlace, clock: Clock): Pause {
  const key = `${url}\n${model}`;
  return {
    heard(error) {
      if (!ModelError.is(error) || error.status !== 429 || !error.retryable || error.retryAfterMs === undefined) return;
      pauses.set(key, Math.max(pauses.get(key) ?? 0, clock.now() + error.retryAfterMs));
    },
    async over(ref, { longestRetryAfterMs = 60_000 }, signal) {
      const until = pauses.get(key);
      if (until === undefined) return;
      const left = until - clock.now();
      if (left <= 0) return void pauses.delete(key);
      if (left > longestRetryAfterMs) {
        throw new ModelError(`Model \`${ref}\` asked for a pause.`, {
          model: ref,
          retryable: true,
          status: 429,
          retryAfterMs: left,
          attempts: 0,
        });
      }
      await clock.sleep(left, signal).catch((reason: unknown) => {
        signal?.throwIfAborted();
        throw reason;
      });
    },
  };
}
