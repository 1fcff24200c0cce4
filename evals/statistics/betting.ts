/**
 * A test that may be looked at after every case: a gambler bets against "the mean difference is at least (or at most) `bound`", and the
 * stake can only grow by luck as long as that is true. A stake of 1/α refutes it at level α, whenever that happens (Waudby-Smith and Ramdas
 * 2024, "Estimating means of bounded random variables by betting", with the bets of their section B.2).
 */
export interface Bet {
  /** Takes the difference of one more case, between −1 and 1. */
  see(difference: number): void;
  /** What the stake of 1 has become. */
  readonly stake: number;
}

/** Never bets more than this share of what could be lost at once. */
const BOLDNESS = 0.75;

/** Bets that the mean lies below `bound`. */
export function betBelow(bound: number): Bet {
  return bet((bound + 1) / 2, -1);
}

/** Bets that the mean lies above `bound`. */
export function betAbove(bound: number): Bet {
  return bet((bound + 1) / 2, 1);
}

/** Works on (difference + 1) / 2, which lies between 0 and 1, against a mean of `refuted`. */
function bet(refuted: number, direction: 1 | -1): Bet {
  // One imagined observation in the middle keeps the first bets small.
  let count = 1;
  let sum = 0.5;
  let squares = 0.25;
  let stake = 1;
  const atRisk = direction === 1 ? refuted : 1 - refuted;
  return {
    see(difference) {
      const value = (difference + 1) / 2;
      const lead = direction * (sum / count - refuted);
      const variance = squares / count;
      // Only what was seen before this value decides how much is bet on it.
      const share = Math.min(Math.max(lead / (variance + lead * lead), 0), BOLDNESS / atRisk);
      stake *= 1 + share * direction * (value - refuted);
      count += 1;
      sum += value;
      squares += (value - sum / count) ** 2;
    },
    get stake() {
      return stake;
    },
  };
}
