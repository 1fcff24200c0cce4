import type { Clock } from "../core/clock.ts";

/** What may begin within any sixty seconds. */
export interface Rates {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

/** A request that was begun. */
export interface BegunRequest {
  /** Replaces the guess once it is known what the request took. */
  took(tokens: number): void;
}

/** The requests of the last minute. */
export interface RateWindow {
  /** Waits until the rates allow a request of about so many tokens. Throws the signal's reason when it aborts first. */
  enter(rates: Rates, tokens: number, signal: AbortSignal | undefined): Promise<BegunRequest>;
}

const MINUTE_MS = 60_000;

/** Callers have to enter one after the other. */
export function createRateWindow(clock: Clock): RateWindow {
  /** Oldest first. */
  const begun: { readonly at: number; tokens: number }[] = [];

  function isFull({ requestsPerMinute, tokensPerMinute }: Rates, tokens: number): boolean {
    if (begun.length >= (requestsPerMinute ?? Infinity)) return true;
    const taken = begun.reduce((sum, request) => sum + request.tokens, 0);
    // One that is larger than the rate itself goes alone: it would wait for ever.
    return taken > 0 && taken + tokens > (tokensPerMinute ?? Infinity);
  }

  return {
    async enter(rates, tokens, signal) {
      while (true) {
        signal?.throwIfAborted();
        const now = clock.now();
        while (begun[0] !== undefined && begun[0].at <= now - MINUTE_MS) begun.shift();
        const [oldest] = begun;
        if (oldest === undefined || !isFull(rates, tokens)) {
          const request = { at: now, tokens };
          begun.push(request);
          return { took: (known) => void (request.tokens = known) };
        }
        await clock.sleep(oldest.at + MINUTE_MS - now, signal).catch((reason: unknown) => {
          signal?.throwIfAborted();
          throw reason;
        });
      }
    },
  };
}
