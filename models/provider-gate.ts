import pLimit from "p-limit";

import { type Clock, systemClock } from "../core/clock.ts";
import { BatonError } from "../core/errors.ts";

/** How much of a provider's capacity this process takes. Several processes each take as much. */
export interface ProviderLimits {
  /** Requests under way at once. @default 64 */
  readonly concurrent?: number;
  /** Requests begun within any sixty seconds. @default as many as there are */
  readonly requestsPerMinute?: number;
}

/** Lets requests to one provider through, as many as its limits allow; the others wait in the order in which they came. */
export interface ProviderGate {
  /** Throws the signal's reason when it aborts first; the request is then not made. */
  pass<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Sets other limits, for the requests to come. */
  limit(limits: ProviderLimits): void;
}

const MOST_AT_ONCE = 64;
const MINUTE_MS = 60_000;

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
  let { requestsPerMinute } = limits;
  const oneByOne = pLimit(1);
  /** When the requests of the last minute began, oldest first. */
  const begun: number[] = [];

  async function untilRateAllows(most: number, signal: AbortSignal | undefined): Promise<void> {
    while (true) {
      signal?.throwIfAborted();
      const now = clock.now();
      while (begun[0] !== undefined && begun[0] <= now - MINUTE_MS) begun.shift();
      const [oldest] = begun;
      if (oldest === undefined || begun.length < most) {
        begun.push(now);
        return;
      }
      await clock.sleep(oldest + MINUTE_MS - now, signal).catch((reason: unknown) => {
        signal?.throwIfAborted();
        throw reason;
      });
    }
  }

  return {
    limit(next) {
      atOnce.concurrency = next.concurrent ?? MOST_AT_ONCE;
      ({ requestsPerMinute } = next);
    },
    pass: async (request, signal) =>
      await unlessAborted(signal, async (isGone) =>
        atOnce(async () => {
          if (isGone()) throw signal?.reason;
          const most = requestsPerMinute;
          if (most !== undefined) await oneByOne(async () => await untilRateAllows(most, signal));
          signal?.throwIfAborted();
          return await request();
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

function sameLimits(one: ProviderLimits, other: ProviderLimits): boolean {
  return one.concurrent === other.concurrent && one.requestsPerMinute === other.requestsPerMinute;
}

function checkLimits(provider: string, limits: ProviderLimits): void {
  for (const name of ["concurrent", "requestsPerMinute"] as const) {
    const value = limits[name];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new BatonError(
      "config-invalid",
      `Expected \`limits.${name}\` of \`${provider}\` to be a positive integer, got \`${value}\`.`,
      { hint: "Leave it out for the default." },
    );
  }
}
