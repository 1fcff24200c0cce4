/** The vectors of one place and space in the process, compared one by one: exact, and fast enough for some ten thousand. */
export class ExactVectors {
  readonly #dimensions: number;
  readonly #rows = new Map<string, number>();
  readonly #ids: string[] = [];
  #values = new Float32Array(0);

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** How many numbers are held. */
  get numbers(): number {
    return this.#values.length;
  }

  /** Takes in a vector of length 1; one of another length is refused by whoever stores it. */
  set(id: string, vector: Float32Array): void {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = this.#ids.push(id) - 1;
      this.#rows.set(id, row);
      this.#grow((row + 1) * this.#dimensions);
    }
    this.#values.set(vector, row * this.#dimensions);
  }

  /** The ids of the nearest vectors with their cosines, best first; of equal ones the id decides. */
  nearest(vector: Float32Array, limit: number): readonly { readonly id: string; readonly score: number }[] {
    const values = this.#values;
    const scores = this.#ids.map((id, row) => {
      let score = 0;
      const start = row * this.#dimensions;
      for (let at = 0; at < vector.length; at += 1) score += (values[start + at] ?? 0) * (vector[at] ?? 0);
      return { id, score };
    });
    return scores.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, Math.max(0, limit));
  }

  #grow(needed: number): void {
    if (needed <= this.#values.length) return;
    const grown = new Float32Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
