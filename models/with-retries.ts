import { type Clock, systemClock } from "../core/clock.ts";
import type { GenerateOptions, Model, ModelRequest, ModelResponse } from "./model.ts";
import { ModelError } from "./model-error.ts";
import { isRetryable } from "./retry.ts";
import { wrapModel } from "./wrap-model.ts";

export interface RetryPolicy {
  /** Requests per model call, the first one included. @default 3; 1 switches retries off */
  readonly maxAttempts?: number;
  /** Upper bound of the first wait; each further bound is twice the one before. @default 500 */
  readonly initialDelayMs?: number;
  /** No own wait is longer. @default 20 000 */
  readonly maxDelayMs?: number;
  /** A provider that asks to wait longer is not waited for: the call fails as `model-unavailable`. @default 60 000 */
  readonly longestRetryAfterMs?: number;
  /** @default the system's clock; tests pass their own */
  readonly clock?: Clock;
  /** Numbers in [0, 1) for the jitter. @default Math.random */
  readonly random?: () => number;
}

/**
 * Returns the model with retries, the only ones a model call gets: with full jitter, honouring Retry-After, abortable while it waits.
 *
 * Our own loop, because cockatiel 4.0.0 waits on the global timer (no virtual clock) and does not end a wait when the signal aborts.
 */
export function withRetries(model: Model, policy: RetryPolicy = {}): Model {
  return wrapModel(model, async (request, options) =>
    generateWithRetries(model, policy, { request, options: options ?? {} }),
  );
}

interface Call {
  readonly request: ModelRequest;
  readonly options: GenerateOptions;
}

async function generateWithRetries(
  model: Model,
  policy: RetryPolicy,
  { request, options }: Call,
): Promise<ModelResponse> {
  let received = false;
  const onToken = (text: string): void => {
    received = true;
    options.onToken?.(text);
  };
  return await withRetriesOf(policy, options.signal, async () => {
    if (received) options.onRestart?.();
    received = false;
    return await model.generate(request, options.onToken === undefined ? options : { ...options, onToken });
  });
}

/** Sends any request of a provider, again after each failure that may pass, by the rules of `withRetries`. */
export async function withRetriesOf<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
): Promise<T> {
  const { maxAttempts = 3, clock = systemClock } = policy;
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      if (!ModelError.is(error) || !isRetryable(error)) throw error;
      const wait = waitFor(error, attempt, policy);
      if (wait === "too long")
        throw spent(error, attempt, `it asks to wait until ${isoTime(clock.now() + (error.retryAfterMs ?? 0))}`);
      if (attempt >= maxAttempts)
        throw spent(error, attempt, `no answer after ${attempt} ${attempt === 1 ? "request" : "requests"}`);
      await clock.sleep(wait, signal).catch((reason: unknown) => {
        signal?.throwIfAborted();
        throw reason;
      });
    }
  }
}

function waitFor(error: ModelError, attempt: number, policy: RetryPolicy): number | "too long" {
  const { initialDelayMs = 500, maxDelayMs = 20_000, longestRetryAfterMs = 60_000, random = Math.random } = policy;
  const jittered = Math.floor(random() * Math.min(maxDelayMs, initialDelayMs * 2 ** (attempt - 1)));
  if (error.retryAfterMs === undefined) return jittered;
  // Never earlier than asked; the jitter on top keeps a crowd from coming back in the same instant.
  return error.retryAfterMs > longestRetryAfterMs ? "too long" : error.retryAfterMs + jittered;
}

function isoTime(at: number): string {
  const latest = 8.64e15;
  return new Date(Math.min(at, latest)).toISOString();
}

function spent(error: ModelError, attempts: number, why: string): ModelError {
  return new ModelError(`${error.message.replace(/\.$/, "")}: ${why}.`, {
    code: "model-unavailable",
    model: error.model,
    retryable: error.retryable,
    attempts,
    retriesSpent: true,
    hint: error.hint ?? "Resume the run when the provider answers again.",
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}
