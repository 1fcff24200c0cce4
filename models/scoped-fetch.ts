import { AsyncLocalStorage } from "node:async_hooks";

import { sameOriginFetch } from "../core/same-origin-fetch.ts";

export type Fetch = typeof globalThis.fetch;
/** Stands between a client and the network. */
export type WrapFetch = (next: Fetch) => Fetch;

const scopes = new AsyncLocalStorage<WrapFetch>();

/** Runs `work`; every model request made by it, however deep, goes through `wrap`. Nothing outside of it is touched. */
export function withFetch<T>(wrap: WrapFetch, work: () => Promise<T>): Promise<T> {
  return scopes.run(wrap, work);
}

/** A fetch that looks at each call whether it belongs to a scope. Unless the user brings one, it follows no redirect to another server. */
export function scopedFetch(own: Fetch | undefined): Fetch {
  return async (input, init) => {
    const next = own ?? sameOriginFetch();
    const wrap = scopes.getStore();
    return await (wrap === undefined ? next : wrap(next))(input, init);
  };
}
