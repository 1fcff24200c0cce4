/**
 * Exact McNemar test of cases that passed or failed once on each side: the one-sided chance of at least `worse` of the changed cases having
 * changed for the worse, if either direction were equally likely (McNemar 1947).
 */
export function mcNemarChance({ worse, better }: { readonly worse: number; readonly better: number }): number {
  return binomialTail(worse + better, worse, 0.5);
}

/** The chance of at least `least` successes in `trials`, each with chance `p`. */
export function binomialTail(trials: number, least: number, p: number): number {
  if (least <= 0) return 1;
  if (p <= 0) return 0;
  if (p >= 1) return least <= trials ? 1 : 0;
  let logTerm = trials * Math.log1p(-p);
  let tail = 0;
  for (let successes = 0; successes <= trials; successes++) {
    if (successes >= least) tail += Math.exp(logTerm);
    logTerm += Math.log((trials - successes) / (successes + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, tail);
}
