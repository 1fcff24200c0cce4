/** Reads how many milliseconds a response asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. */
export function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  const milliseconds = decimal(headers?.get("retry-after-ms"));
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const value = headers?.get("retry-after")?.trim();
  const seconds = decimal(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  // An HTTP date names its day or is ISO; without this check `Date.parse` would read stray numbers as years.
  if (value === undefined || !/^(?:[A-Za-z]{3,9},? |\d{4}-\d\d-\d\dT)/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/**
 * Reads when the limit that a 429 ran into is free again, from OpenAI's `x-ratelimit-reset-requests` and `-tokens` (`1s`, `6m0s`, `120ms`): the
 * later one of those that are used up; where none is said to be, the earlier one, since the request may only have been too big for the rest.
 */
export function resetMs(headers: Headers | undefined): number | undefined {
  const limits = ["requests", "tokens"].flatMap((name) => {
    const ms = duration(headers?.get(`x-ratelimit-reset-${name}`));
    return ms === undefined ? [] : [{ ms, isUsedUp: decimal(headers?.get(`x-ratelimit-remaining-${name}`)) === 0 }];
  });
  if (limits.length === 0) return undefined;
  const usedUp = limits.filter(({ isUsedUp }) => isUsedUp);
  return usedUp.length > 0 ? Math.max(...usedUp.map(({ ms }) => ms)) : Math.min(...limits.map(({ ms }) => ms));
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function duration(text: string | null | undefined): number | undefined {
  const value = text?.trim() ?? "";
  const seconds = decimal(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
  return Math.ceil(parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0));
}

function decimal(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
