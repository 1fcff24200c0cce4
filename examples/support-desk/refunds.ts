/** Stands for your payment provider: it keeps one payment for each key, as real ones do with an idempotency key. */
const paid = new Map<string, string>();

export const refunds = {
  pay({ order, euros }: { readonly order: string; readonly euros: number }, key: string): string {
    const known = paid.get(key);
    if (known !== undefined) return known;
    const number = `payment ${paid.size + 1}: ${euros} euros for order ${order}`;
    paid.set(key, number);
    return number;
  },
  /** What became of a call whose process died before it heard back. */
  outcome(key: string): { readonly outcome: "done"; readonly result: string } | { readonly outcome: "not_done" } {
    const result = paid.get(key);
    return result === undefined ? { outcome: "not_done" } : { outcome: "done", result };
  },
  count: (): number => paid.size,
};
