import { digest, type JsonValue } from "../core/json.ts";
import type { Cell, Side } from "./cell.ts";
import type { PinPair } from "./impact.ts";
import { shuffled } from "./statistics/random.ts";
import type { Suite } from "./suite.ts";
import type { OpenTarget } from "./target.ts";

/** A suite with the versions that are compared; without a baseline only `after` is there. */
export interface PlannedSuite {
  readonly suite: Suite;
  readonly after: OpenTarget;
  readonly before?: OpenTarget;
  /** Prompts of its judges that differ between the two versions; both sides are judged by the later ones. @default none */
  readonly judges?: readonly PinPair[];
  /** Executes every cell, also when the verdict is certain before: its interval is wanted. @default false */
  readonly isWhole?: boolean;
  /** The model does not read the wording of prompts: that two versions score the same on it says nothing. @default false */
  readonly isBlind?: boolean;
}

export interface PlanOptions {
  readonly seed: number;
}

/**
 * The cells of the suites in the order in which they are begun: cases in an order that only the seed decides, both sides of a case next to each
 * other, so that a provider that changes meanwhile meets both alike.
 */
export function planCells(suites: readonly PlannedSuite[], { seed }: PlanOptions): readonly Cell[] {
  return suites.flatMap(({ suite, before }) =>
    shuffled(suite.cases, seed).flatMap(({ id }) =>
      Array.from({ length: suite.repeats }, (_, at) => at + 1).flatMap((repeat) =>
        sidesOf(before, repeat).map((side) => ({ suite: suite.name, case: id, side, repeat })),
      ),
    ),
  );
}

/** Takes turns in which side goes first. */
function sidesOf(before: OpenTarget | undefined, repeat: number): readonly Side[] {
  if (before === undefined) return ["after"];
  return repeat % 2 === 1 ? ["before", "after"] : ["after", "before"];
}

/** Digest of all that decides the cells and their scores: a journal is only continued for the same plan. */
export function planDigest(suites: readonly PlannedSuite[], { seed }: PlanOptions): string {
  return digest({ seed, suites: suites.map(suiteIdentity) });
}

function suiteIdentity({ suite, before, after }: PlannedSuite): JsonValue {
  return {
    name: suite.name,
    data: dataDigest(suite),
    repeats: suite.repeats,
    scorers: judgesOf(suite),
    before: before?.identity ?? null,
    after: after.identity,
  };
}

/** Digest of the cases: a comparison across two data sets says nothing. */
export function dataDigest(suite: Suite): string {
  return digest(
    suite.cases.map(({ id, input, recalled, expected, group }) => ({
      id,
      input,
      ...(recalled === undefined ? {} : { recalled }),
      expected: expected ?? null,
      group: group ?? null,
    })),
  );
}

/** What the scores depend on beside the answers. */
export function judgesOf(suite: Suite): JsonValue {
  return suite.scorers.map(({ scorer, gates }) => ({ name: scorer.name, gates, identity: scorer.identity }));
}
