/** Turns texts into vectors that lie close together where the texts mean the same. Memory takes one; models provide them. */
export interface Embed {
  /** Names the model, such as `openai/text-embedding-3-small`: vectors of different models are never compared. */
  readonly ref: string;
  /** The length of every vector. */
  readonly dimensions: number;
  /** Finds out, without a call, whether something is missing that every call needs, such as a key. */
  check(): void;
  /** One vector for each text, in order, each of length 1. Throws a model's errors, and `embedding-invalid` for vectors of another length. */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<readonly Float32Array[]>;
}

export interface EmbedOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Vectors that may be compared: those of one model and one length. */
export interface VectorSpace {
  readonly key: string;
  readonly dimensions: number;
}

export function spaceOf({ ref, dimensions }: Pick<Embed, "ref" | "dimensions">): VectorSpace {
  return { key: `${ref}@${dimensions}`, dimensions };
}

/** The vector at length 1, so that a product is a cosine; the zero vector, which points nowhere, stays as it is. */
export function unitVector(values: ArrayLike<number>): Float32Array {
  const vector = Float32Array.from(values);
  let square = 0;
  for (const value of vector) square += value * value;
  const length = Math.sqrt(square);
  if (length > 0) for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] ?? 0) / length;
  return vector;
}
