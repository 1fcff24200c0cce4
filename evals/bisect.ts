import { betAbove } from "./statistics/betting.ts";
import { mean } from "./statistics/pairs.ts";
import { sideOf } from "./statistics/side-of.ts";

/** Executes a case once more on a version and returns its score between 0 and 1. Repeats count from 1. */
export type Probe = (version: number, repeat: number) => Promise<number>;

export interface BisectOptions {
  /** Versions from the good one (0) to the bad one (the last), each made of other prompts than its neighbours. */
  readonly versions: number;
  readonly probe: Probe;
  /** So many executions of a version at most. */
  readonly mostRepeats: number;
  /** How often an answer may be wrong. */
  readonly chance: number;
  readonly onProbe?: (probed: Probed) => void;
}

export interface Probed {
  readonly version: number;
  readonly says: "good" | "bad" | "undecided";
  readonly repeats: number;
  readonly mean: number;
}

/** `found`: `bad` is the first version that is worse, `good` the one before it. `same`: the ends do not differ. `undecided`: one version could not be told. */
export type Bisection =
  | { readonly kind: "found"; readonly good: number; readonly bad: number; readonly probes: readonly Probed[] }
  | { readonly kind: "same"; readonly probes: readonly Probed[] }
  | { readonly kind: "undecided"; readonly version: number; readonly probes: readonly Probed[] };

/**
 * Looks for the version that made a case worse, as `git bisect` does, on scores that flicker: both ends are executed until their difference is
 * certain, then each version in the middle until it is certain to which of them it belongs (by betting, so that looking after every score is
 * sound). It takes about log2 of the versions.
 */
export async function bisect({ versions, probe, mostRepeats, chance, onProbe }: BisectOptions): Promise<Bisection> {
  const probes: Probed[] = [];
  const note = (probed: Probed): void => {
    probes.push(probed);
    onProbe?.(probed);
  };
  const ends = await compareEnds({ last: versions - 1, probe, mostRepeats, chance });
  note({ version: 0, says: ends.isCertain ? "good" : "undecided", repeats: ends.repeats, mean: ends.good });
  note({ version: versions - 1, says: ends.isCertain ? "bad" : "undecided", repeats: ends.repeats, mean: ends.bad });
  if (!ends.isCertain) return { kind: "same", probes };
  const bound = (ends.good + ends.bad) / 2;
  let [good, bad] = [0, versions - 1];
  while (bad - good > 1) {
    const version = Math.floor((good + bad) / 2);
    const probed = await place({ version, bound, probe, mostRepeats, chance });
    note(probed);
    if (probed.says === "undecided") return { kind: "undecided", version, probes };
    if (probed.says === "good") good = version;
    else bad = version;
  }
  return { kind: "found", good, bad, probes };
}

interface Ends {
  readonly last: number;
  readonly probe: Probe;
  readonly mostRepeats: number;
  readonly chance: number;
}

async function compareEnds({ last, probe, mostRepeats, chance }: Ends): Promise<{
  readonly good: number;
  readonly bad: number;
  readonly repeats: number;
  readonly isCertain: boolean;
}> {
  const worse = betAbove(0);
  const [good, bad]: [number[], number[]] = [[], []];
  while (good.length < mostRepeats && worse.stake < 1 / chance) {
    const repeat = good.length + 1;
    const [was, is] = await Promise.all([probe(0, repeat), probe(last, repeat)]);
    good.push(was);
    bad.push(is);
    worse.see(was - is);
  }
  return { good: mean(good), bad: mean(bad), repeats: good.length, isCertain: worse.stake >= 1 / chance };
}

interface Placing extends Omit<Ends, "last"> {
  readonly version: number;
  readonly bound: number;
}

async function place({ version, bound, probe, mostRepeats, chance }: Placing): Promise<Probed> {
  const side = sideOf(bound, chance);
  const scores: number[] = [];
  while (scores.length < mostRepeats && side.answer === undefined) {
    const score = await probe(version, scores.length + 1);
    scores.push(score);
    side.see(score);
  }
  const says = side.answer === "above" ? "good" : side.answer === "below" ? "bad" : "undecided";
  return { version, says, repeats: scores.length, mean: mean(scores) };
}
