import type { CircuitBreakerPolicy } from "cockatiel";

import { ModelError } from "./model-error.ts";

export interface BreakerPolicy {
  /** So many requests in a row that found the provider down open the breaker. @default 5 */
  readonly failures?: number;
  /** How long nothing is asked then, in milliseconds; after that one request is let through to see. @default 30 000 */
  readonly pauseMs?: number;
}

/** Stops asking a model that is down, for everybody in this process. */
export interface Breaker {
  /** Throws `model-unavailable`, without a request, while the breaker is open. */
  run<T>(request: () => Promise<T>): Promise<T>;
}

const breakers = new Map<string, Breaker>();

/** The breaker of one model at one provider, which all users of it in this process share. */
export function breakerOf(place: { readonly url: string; readonly model: string }, policy: BreakerPolicy): Breaker {
  const key = JSON.stringify([place, policy]);
  const known = breakers.get(key) ?? createBreaker(place.model, policy);
  breakers.set(key, known);
  return known;
}

export function createBreaker(model: string, { failures = 5, pauseMs = 30_000 }: BreakerPolicy = {}): Breaker {
  let loading: Promise<LoadedBreaker> | undefined;

  return {
    async run(request) {
      loading ??= load({ failures, pauseMs });
      const { policy, isOpen, openedAt } = await loading;
      try {
        return await policy.execute(request);
      } catch (error) {
        if (!isOpen(error)) throw error;
        const last = policy.lastFailure;
        throw refusal(model, {
          failures,
          until: openedAt() + pauseMs,
          last: last !== undefined && "error" in last ? last.error : undefined,
          cause: error,
        });
      }
    },
  };
}

interface LoadedBreaker {
  readonly policy: CircuitBreakerPolicy;
  readonly isOpen: (error: unknown) => boolean;
  readonly openedAt: () => number;
}

/** With the first call: commands that only read the store load no such library. */
async function load({ failures, pauseMs }: Required<BreakerPolicy>): Promise<LoadedBreaker> {
  const { CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } =
    await import("cockatiel");
  let openedAt = 0;
  const policy: CircuitBreakerPolicy = circuitBreaker(
    // A probe that its caller gave up proves nothing: the breaker stays open.
    handleWhen((error) => isDown(error) || (policy.state === CircuitState.HalfOpen && !ModelError.is(error))),
    { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(failures) },
  );
  policy.onBreak(() => {
    openedAt = Date.now();
  });
  return { policy, isOpen: isBrokenCircuitError, openedAt: () => openedAt };
}

interface OpenBreaker {
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly last: unknown;
  readonly cause: unknown;
}

function refusal(model: string, { failures, until, last, cause }: OpenBreaker): ModelError {
  const failure = ModelError.is(last) ? last : undefined;
  const why = failure === undefined ? "." : `, the last one with: ${failure.message}`;
  return new ModelError(
    `Model \`${model}\` is not asked until ${new Date(until).toISOString()}: ${failures} requests in a row failed${why}`,
    {
      code: "model-unavailable",
      model,
      retryable: true,
      // A retry now would be refused as well.
      retriesSpent: true,
      attempts: 0,
      retryAfterMs: Math.max(0, until - Date.now()),
      hint: "Resume the run when the provider answers again.",
      ...(failure?.status === undefined ? {} : { status: failure.status }),
      cause,
    },
  );
}

/** A provider that says 429 is there, and says when it wants to be asked again; a 4xx is about the request. */
function isDown(error: unknown): boolean {
  return ModelError.is(error) && error.retryable && (error.status === undefined || error.status >= 500);
}
