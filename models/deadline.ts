export interface Deadline {
  /** Aborts when the caller does, when the whole time is over, or when nothing was heard for the idle time. */
  readonly signal: AbortSignal;
  /** What ran out; undefined while there is time, and when the caller aborted. */
  expired(): string | undefined;
  /** Starts the idle time anew. */
  heard(): void;
  stop(): void;
}

export interface DeadlineOptions {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bounds a call in time; `stop()` must be called when it has ended. */
export function deadline({ timeoutMs, idleTimeoutMs, signal }: DeadlineOptions): Deadline {
  const controller = new AbortController();
  let expired: string | undefined;
  function expire(what: string): void {
    if (controller.signal.aborted) return;
    expired = what;
    controller.abort();
  }
  const whole = setTimeout(() => expire(`no complete answer within ${timeoutMs} ms`), timeoutMs);
  let idle: NodeJS.Timeout | undefined;
  const onAbort = (): void => controller.abort(signal?.reason);
  // Not AbortSignal.any(): a run's signal outlives thousands of calls, and each would stay attached to it.
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return {
    signal: controller.signal,
    expired: () => expired,
    heard() {
      clearTimeout(idle);
      idle = setTimeout(() => expire(`nothing heard for ${idleTimeoutMs} ms`), idleTimeoutMs);
    },
    stop() {
      clearTimeout(whole);
      clearTimeout(idle);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
