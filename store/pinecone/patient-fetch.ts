import { AsyncLocalStorage } from "node:async_hooks";

import { type Clock, systemClock } from "../../core/clock.ts";

interface PatientFetchOptions {
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly clock?: Clock;
}

/** What one operation gets to know of its answer that the client keeps to itself. */
export interface Exchange {
  readonly signal?: AbortSignal | undefined;
  /** The headers of the last answer. */
  headers?: Headers;
}

interface PatientFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Runs an operation of the client; its requests obey the exchange's signal. */
  within<T>(exchange: Exchange, work: () => Promise<T>): Promise<T>;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** Who asks to wait longer is not waited for: words find meanwhile. */
const LONGEST_RETRY_AFTER_MS = 20_000;

/**
 * The only retries that a request to Pinecone gets: its client repeats no 429 and no broken connection. All that is sent may be repeated: records are
 * replaced by id. The body is read here, so that one that breaks or never ends is repeated too.
 */
export function patientFetch({ timeoutMs, maxAttempts, clock = systemClock }: PatientFetchOptions): PatientFetch {
  const exchanges = new AsyncLocalStorage<Exchange>();

  async function once(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Response> {
    const signal = exchanges.getStore()?.signal;
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await globalThis.fetch(input, {
      ...init,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const body = await response.text();
    return new Response(body === "" ? null : body, { status: response.status, headers: response.headers });
  }

  return {
    async fetch(...request) {
      const exchange = exchanges.getStore();
      for (let attempt = 1; ; attempt += 1) {
        let wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
        try {
          const response = await once(...request);
          if (exchange !== undefined) exchange.headers = response.headers;
          if (!isPassing(response.status) || attempt >= maxAttempts) return response;
          const asked = retryAfterMs(response, clock.now());
          if (asked !== undefined && asked > LONGEST_RETRY_AFTER_MS) return response;
          wait = Math.max(wait, asked ?? 0);
        } catch (error) {
          exchange?.signal?.throwIfAborted();
          if (attempt >= maxAttempts) throw error;
        }
        // Never earlier than asked; the jitter keeps a crowd from coming back in the same instant.
        await clock.sleep(wait + Math.random() * FIRST_WAIT_MS, exchange?.signal);
      }
    },
    within: (exchange, work) => exchanges.run(exchange, work),
  };
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function retryAfterMs(response: Response, now: number): number | undefined {
  const said = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(said)) return Number(said) * 1_000;
  const at = said === "" ? Number.NaN : Date.parse(said);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
