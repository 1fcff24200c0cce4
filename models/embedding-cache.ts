import { createHash } from "node:crypto";

/** Vectors by the hash of their text, the last used ones; a text that is being embedded is not embedded a second time. */
export class EmbeddingCache {
  readonly #vectors = new Map<string, Promise<Float32Array>>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** One vector for each text, in order. `make` gets each text once that is neither known nor under way. */
  async get(
    texts: readonly string[],
    make: (missing: readonly string[]) => Promise<readonly Float32Array[]>,
  ): Promise<readonly Float32Array[]> {
    const keys = texts.map((text) => createHash("sha256").update(text).digest("base64"));
    const missing = new Map<string, string>();
    for (const [at, key] of keys.entries()) if (!this.#vectors.has(key)) missing.set(key, texts[at] ?? "");
    if (missing.size > 0) this.#put([...missing.keys()], make([...missing.values()]));
    // Taken before anything is forgotten, so that a call of more texts than the cache holds is whole.
    const vectors = keys.map((key) => this.#use(key));
    this.#forgetOldest();
    return await Promise.all(vectors);
  }

  #put(keys: readonly string[], made: Promise<readonly Float32Array[]>): void {
    for (const [at, key] of keys.entries()) {
      const vector = made.then((all) => {
        const found = all[at];
        if (found === undefined) throw new Error("Each text gets a vector.");
        return found;
      });
      this.#vectors.set(key, vector);
      // A failure is not remembered: the next one asks again. Whoever waits gets the error from the promise itself.
      vector.catch(() => {
        if (this.#vectors.get(key) === vector) this.#vectors.delete(key);
      });
    }
  }

  #use(key: string): Promise<Float32Array> {
    const vector = this.#vectors.get(key) ?? Promise.reject<Float32Array>(new Error("Each key was just put in."));
    // Last used, last in the map.
    this.#vectors.delete(key);
    this.#vectors.set(key, vector);
    return vector;
  }

  #forgetOldest(): void {
    for (const key of this.#vectors.keys()) {
      if (this.#vectors.size <= this.#most) return;
      this.#vectors.delete(key);
    }
  }
}
