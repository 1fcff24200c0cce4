/** How to reach an index of Pinecone. */
export interface PineconeOptions {
  /** The index's name; its address is looked up. @default PINECONE_INDEX, else "baton" */
  readonly index?: string;
  /** The index's address, which saves looking it up. */
  readonly host?: string;
  /** @default PINECONE_API_KEY */
  readonly apiKey?: string;
  /** Where addresses are looked up. @default Pinecone's own service */
  readonly controllerHost?: string;
  /** Whether records also hold their words as a sparse vector; the index must have the metric `dotproduct`. @default false */
  readonly sparse?: boolean;
  /** How long a query waits for what this process wrote last, in milliseconds; after that it answers without. @default 2000 */
  readonly freshMs?: number;
  /** How long one request may take, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** Requests for one operation, the first one included. @default 4 */
  readonly maxAttempts?: number;
}

/** An index of Pinecone named in a config. */
export interface NamedPinecone extends PineconeOptions {
  readonly kind: "pinecone";
}

/** Names an index of Pinecone for `vector` of a config: it finds items by their meaning, so the config needs an `embed` too. Opens nothing. */
export function pinecone(options: PineconeOptions = {}): NamedPinecone {
  return { ...options, kind: "pinecone" };
}
