import { type Bet, betAbove, betBelow } from "./betting.ts";

export interface EarlyStopOptions {
  readonly margin: number;
  /** @default 0.95 */
  readonly confidence?: number;
  /** Names of the scorers that gate. */
  readonly scorers: readonly string[];
}

/** Watches a comparison while it runs, and says when more cases cannot change the verdict any more. */
export interface EarlyStop {
  /** Takes a finished case, or the mean over a finished group: its difference for each gating scorer. They come in random order. */
  see(differences: Readonly<Record<string, number>>): void;
  /** Undefined while it is open. */
  readonly verdict: "pass" | "regression" | undefined;
}

interface Watched {
  readonly worse: Bet;
  readonly notMuchWorse: Bet;
  sum: number;
  count: number;
}

/**
 * Anytime-valid: however often it is asked, a false regression and a false pass each come up at most as often as half of 1 − confidence.
 * Scorers share the level of a regression evenly; a pass needs them all.
 */
export function createEarlyStop({ margin, confidence = 0.95, scorers }: EarlyStopOptions): EarlyStop {
  const level = (1 - confidence) / 2;
  const watched = new Map<string, Watched>(
    scorers.map((name) => [name, { worse: betBelow(0), notMuchWorse: betAbove(-margin), sum: 0, count: 0 }]),
  );
  let verdict: EarlyStop["verdict"];

  function decide(): EarlyStop["verdict"] {
    const all = [...watched.values()];
    if (all.some(({ worse, sum, count }) => worse.stake >= all.length / level && sum / count < -margin))
      return "regression";
    return all.length > 0 && all.every(({ notMuchWorse }) => notMuchWorse.stake >= 1 / level) ? "pass" : undefined;
  }

  return {
    see(differences) {
      for (const [name, scorer] of watched) {
        const difference = differences[name];
        if (difference === undefined) continue;
        scorer.worse.see(difference);
        scorer.notMuchWorse.see(difference);
        scorer.sum += difference;
        scorer.count += 1;
      }
      verdict ??= decide();
    },
    get verdict() {
      return verdict;
    },
  };
}
