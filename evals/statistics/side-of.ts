import { betAbove, betBelow } from "./betting.ts";

/** On which side of a bound the mean of scores lies. It may be asked after every score: each answer is wrong at most as often as `chance`. */
export interface SideOf {
  /** Takes one more score, between 0 and 1. */
  see(score: number): void;
  readonly answer: "above" | "below" | undefined;
}

/** The bound lies strictly between 0 and 1. */
export function sideOf(bound: number, chance: number): SideOf {
  const [above, below] = [betAbove(0), betBelow(0)];
  // The farther a score can lie from the bound, the less it may weigh, so that all weigh at most 1.
  const farthest = Math.max(bound, 1 - bound);
  return {
    see(score) {
      above.see((score - bound) / farthest);
      below.see((score - bound) / farthest);
    },
    get answer() {
      if (above.stake >= 1 / chance) return "above";
      return below.stake >= 1 / chance ? "below" : undefined;
    },
  };
}
