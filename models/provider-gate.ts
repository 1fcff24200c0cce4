import pLimit from "p-limit";

import { type Clock, systemClock } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";
import { createRateWindow, type Rates } from "./rate-window.ts";

/** How much of a provider's capacity this process takes. Several processes each take as much. */
export interface ProviderLimits {
  /** Requests under way at once. @default 64 */
  readonly concurrent?: number;
  /** Requests begun within any sixty seconds. @default as many as there are */
  readonly requestsPerMinute?: number;
  /**
   * Tokens of requests begun within any sixty seconds, answers included. A request counts with its length until its answer says what it took, so
   * that answers under way may carry a minute above it. @default as many as there are
   */
  readonly tokensPerMinute?: number;
}

/** How large a request is, for the limit on tokens. */
export interface RequestSize<T> {
  /** What it will take at least, guessed before it is made. */
  readonly guess: number;
  /** What it took. */
  of(answer: T): number;
}

/** Lets requests to one provider through, as many as its limits allow; the others wait in the order in which they came. */
export interface ProviderGate {
  /** Throws the signal's reason when it aborts first; the request is then not made. */
  pass<T>(request: () => Promise<T>, signal?: AbortSignal, size?: RequestSize<T>): Promise<T>;
  /** Sets other limits, for the requests to come. */
  limit(limits: ProviderLimits): void;
}

const MOST_AT_ONCE = 64;

const gates = new Map<string, { readonly limits: ProviderLimits; readonly gate: ProviderGate }>();

/**
 * The gate of a provider, which all its models in this process share. Throws `config-invalid` for limits that are none, and when two models of
 * one provider name different ones.
 */
export function gateOf(provider: string, limits: ProviderLimits | undefined): ProviderGate {
  if (limits !== undefined) checkLimits(provider, limits);
  const known = gates.get(provider);
  if (known !== undefined && (limits === undefined || sameLimits(known.limits, limits))) return known.gate;
  if (known !== undefined && !sameLimits(known.limits, {})) {
    throw new BatonError("config-invalid", `Two models of \`${provider}\` name different \`limits\`.`, {
      hint: "Give all models of one provider the same `limits`: they share them.",
    });
  }
  // Models that named none before share the limits that are named now.
  const gate = known?.gate ?? createGate(limits ?? {});
  if (known !== undefined) gate.limit(limits ?? {});
  gates.set(provider, { limits: limits ?? {}, gate });
  return gate;
}

export function createGate(limits: ProviderLimits, clock: Clock = systemClock): ProviderGate {
  const atOnce = pLimit(limits.concurrent ?? MOST_AT_ONCE);
  let rates: Rates = limits;
  const oneByOne = pLimit(1);
  const lastMinute = createRateWindow(clock);

  return {
    limit(next) {
      atOnce.concurrency = next.concurrent ?? MOST_AT_ONCE;
      rates = next;
    },
    pass: async (request, signal, size) =>
      await unlessAborted(signal, async (isGone) =>
        atOnce(async () => {
          if (isGone()) throw signal?.reason;
          if (rates.requestsPerMinute === undefined && rates.tokensPerMinute === undefined) return await request();
          const begun = await oneByOne(async () => await lastMinute.enter(rates, size?.guess ?? 0, signal));
          signal?.throwIfAborted();
          const answer = await request();
          if (size !== undefined) begun.took(size.of(answer));
          return answer;
        }),
      ),
  };
}

/** A place in the queue cannot be given up, but whoever waits in it hears of the abort at once. */
async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  wait: (isGone: () => boolean) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await wait(() => false);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const passed = wait(() => signal.aborted);
    // Whoever went away does not hear what became of its place.
    passed.catch(() => undefined);
    return await Promise.race([passed, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const LIMITS = ["concurrent", "requestsPerMinute", "tokensPerMinute"] as const;

function sameLimits(one: ProviderLimits, other: ProviderLimits): boolean {
  return LIMITS.every((name) => one[name] === other[name]);
}

function checkLimits(provider: string, limits: ProviderLimits): void {
  for (const name of LIMITS) {
    const value = limits[name];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new BatonError(
      "config-invalid",
      `Expected \`limits.${name}\` of \`${provider}\` to be a positive integer, got \`${value}\`.`,
      { hint: "Leave it out for the default." },
    );
  }
}
