/** Holm's step-down adjustment (Holm 1979): compare each with the level as if it were the only one. In the order given. */
export function holmAdjusted(chances: readonly number[]): readonly number[] {
  const order = chances.map((_, at) => at).toSorted((left, right) => (chances[left] ?? 0) - (chances[right] ?? 0));
  const adjusted: number[] = chances.map(() => 1);
  let least = 0;
  order.forEach((at, rank) => {
    least = Math.max(least, Math.min(1, (chances.length - rank) * (chances[at] ?? 1)));
    adjusted[at] = least;
  });
  return adjusted;
}
