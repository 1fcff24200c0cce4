/** The scores of all items while the rules run over them, and what each rule added. */
export class Ranking {
  readonly scores: Float64Array;
  readonly #rules: { readonly name: string; readonly before: Float64Array }[] = [];

  /** Starts from the scores of a first rule. */
  constructor(name: string, scores: Float64Array) {
    this.scores = scores;
    this.#rules.push({ name, before: new Float64Array(scores.length) });
  }

  /** Lets a rule change the scores in place; it gets the scores as they were before it. */
  apply(name: string, rule: (scores: Float64Array, before: Float64Array) => void): void {
    const before = this.scores.slice();
    rule(this.scores, before);
    this.#rules.push({ name, before });
  }

  /** What each rule added to one score, in the order of the rules; the values add up to the score. */
  why(item: number): { readonly [rule: string]: number } {
    const added = this.#rules.map(({ name, before }, index): [string, number] => {
      const after = this.#rules[index + 1]?.before ?? this.scores;
      return [name, round((after[item] ?? 0) - (before[item] ?? 0))];
    });
    return Object.fromEntries(added.filter(([, value]) => value !== 0));
  }

  /** The best items with a score above 0; `earlier` orders equal scores. */
  best(limit: number, earlier: (one: number, other: number) => number): number[] {
    const { scores } = this;
    const compare = (one: number, other: number) => (scores[other] ?? 0) - (scores[one] ?? 0) || earlier(one, other);
    let best: number[] = [];
    // Sorting only now and then keeps this near one pass over the items.
    const most = Math.max(4 * limit, 64);
    let worst = 0;
    for (let item = 0; item < scores.length; item += 1) {
      const score = scores[item] ?? 0;
      if (score <= 0 || score < worst) continue;
      best.push(item);
      if (best.length < most) continue;
      best = best.toSorted(compare).slice(0, limit);
      worst = best.length < limit ? 0 : (scores[best[limit - 1] ?? 0] ?? 0);
    }
    return best.toSorted(compare).slice(0, limit);
  }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
