import { BatonError, ParkRequest } from "../core/errors.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { ModelError } from "../models/model-error.ts";

/** Trouble that is not the run's fault and passes: the run waits for it. */
export interface Trouble {
  readonly reason: string;
  /** When to try again, in milliseconds since the epoch; undefined when only a person knows. */
  readonly nextAt?: number;
}

/** Errors by which a store says that it cannot be written at the moment. */
const STORE_TROUBLE: ReadonlySet<ErrorCode> = new Set([
  "database-busy",
  "database-full",
  "database-read-only",
  "database-unreachable",
]);

/** How soon a provider that named no time is asked again. */
const PROVIDER_PAUSE_MS = 60_000;

/** How soon a store that could not be written is tried again. */
const STORE_PAUSE_MS = 30_000;

/** Says whether an error, or one that caused it, is trouble for which a run is parked instead of failed. */
export function troubleOf(error: unknown, now: number): Trouble | undefined {
  const cause = causes(error).find((one) => ParkRequest.is(one) || isStoreTrouble(one) || isProviderTrouble(one));
  if (ParkRequest.is(cause)) {
    return { reason: cause.reason, ...(cause.nextAt === undefined ? {} : { nextAt: cause.nextAt }) };
  }
  if (ModelError.is(cause)) return { reason: cause.message, nextAt: now + (cause.retryAfterMs ?? PROVIDER_PAUSE_MS) };
  return BatonError.is(cause) ? { reason: cause.message, nextAt: now + STORE_PAUSE_MS } : undefined;
}

/** True when a store cannot be written at the moment. */
export function isStoreTrouble(error: unknown): boolean {
  return BatonError.is(error) && STORE_TROUBLE.has(error.code);
}

/** An exhausted quota is no trouble that passes: waiting does not pay it. */
function isProviderTrouble(error: unknown): boolean {
  return ModelError.is(error) && error.code === "model-unavailable" && error.retryable;
}

/** True when this process may write nothing more about the run. */
export function isFenced(error: unknown): boolean {
  return causes(error).some((one) => BatonError.is(one) && (one.code === "fenced" || one.code === "lease-lost"));
}

const DEEPEST_CAUSE = 8;

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && chain.length < DEEPEST_CAUSE) {
    const current = waiting.shift();
    if (!(current instanceof Error)) continue;
    chain.push(current);
    // Several nodes of one step may have failed at once.
    if (current instanceof AggregateError) waiting.push(...current.errors);
    waiting.push(current.cause);
  }
  return chain;
}
