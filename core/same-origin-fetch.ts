type Fetch = typeof globalThis.fetch;

const MOST_REDIRECTS = 3;
/** Repeat the request as it was; the others turn it into another one. */
const REPEATING = new Set([307, 308]);

/**
 * A fetch that follows redirects only within the server it was sent to, and hands any other one back as the answer: what a server says must not
 * choose whom else Baton asks, from inside its network and with what the request holds.
 */
export function sameOriginFetch(next: Fetch = globalThis.fetch): Fetch {
  return async (input, init) => {
    let target: Parameters<Fetch>[0] = input;
    for (let redirects = 0; ; redirects += 1) {
      const response = await next(target, { ...init, redirect: "manual" });
      const to = response.headers.get("location");
      if (to === null || !REPEATING.has(response.status) || redirects === MOST_REDIRECTS) return response;
      const from = target instanceof Request ? target.url : String(target);
      const url = URL.parse(to, from);
      // A body that streams is gone; a request object holds its own.
      if (url === null || url.origin !== new URL(from).origin || target instanceof Request) return response;
      await response.body?.cancel();
      target = url;
    }
  };
}
