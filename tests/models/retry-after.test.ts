import { expect, test } from "vitest";

import { resetMs, retryAfterMs } from "../../models/retry-after.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");

test.each([
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "0.25" }, 250],
  [{ "retry-after": " 2 " }, 2000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after-ms": "1500" }, 1500],
  [{ "retry-after-ms": "0.2" }, 1],
  [{ "retry-after-ms": "40", "retry-after": "9" }, 40],
  [{ "retry-after": "Wed, 25 Nov 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "Wednesday, 25-Nov-26 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "2026-11-25T12:01:00Z" }, 60_000],
  [{ "retry-after": "Wed, 25 Nov 2026 11:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "-5" }, undefined],
  [{ "retry-after": "1e9" }, undefined],
  [{ "retry-after": "" }, undefined],
  [{}, undefined],
])("reads %j as %s ms", (headers, expected) => {
  expect(retryAfterMs(new Headers(headers), NOW)).toBe(expected);
});

test.each([
  [{ "x-ratelimit-reset-requests": "1s" }, 1000],
  [{ "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
  [{ "x-ratelimit-reset-tokens": "1h2m3.5s" }, 3_723_500],
  [{ "x-ratelimit-reset-tokens": "120ms" }, 120],
  [{ "x-ratelimit-reset-tokens": "1d" }, 86_400_000],
  [{ "x-ratelimit-reset-tokens": "12.5" }, 12_500],
  [{ "x-ratelimit-reset-tokens": "tomorrow" }, undefined],
  [{ "x-ratelimit-reset-tokens": "6m 0s" }, undefined],
  [{}, undefined],
])("reads OpenAI's reset header %j as %s ms", (headers, expected) => {
  expect(resetMs(new Headers(headers))).toBe(expected);
});

test("waits for the limit that is used up, however early the other one is free again", () => {
  const resets = { "x-ratelimit-reset-requests": "2s", "x-ratelimit-reset-tokens": "40s" };
  const usedUp = (requests: string, tokens: string): number | undefined =>
    resetMs(
      new Headers({ ...resets, "x-ratelimit-remaining-requests": requests, "x-ratelimit-remaining-tokens": tokens }),
    );
  expect(usedUp("0", "500")).toBe(2000);
  expect(usedUp("7", "0")).toBe(40_000);
  expect(usedUp("0", "0")).toBe(40_000);
  // Nothing is used up: the request may only have been too big for what was left.
  expect(usedUp("7", "500")).toBe(2000);
});
