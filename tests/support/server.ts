/** A server that tests may use: where it is, where it came from, and how to end it (nothing to do for a given one). */
export type TestServer = { readonly url: string; readonly origin: string; stop(): Promise<void> };
