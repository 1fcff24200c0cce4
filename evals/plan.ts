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
 * The cells of a suite in the order in which they are begun: cases in an order that only the seed decides, both sides of a case next to each
 * other, so that a provider that changes meanwhile meets both alike. They are made one by one: a large suite has many.
 */
export function* planCells(planned: PlannedSuite, { seed }: PlanOptions): Generator<Cell, undefined> {
  const { suite } = planned;
  for (const { id } of shuffled(suite.cases, seed)) {
    for (let repeat = 1; repeat <= suite.repeats; repeat++) {
      for (const side of sidesOf(planned, repeat)) yield { suite: suite.name, case: id, side, repeat };
    }
  }
}

/** How many cells the suites have, and how many of them judge both sides at once. */
export function countCells(suites: readonly PlannedSuite[]): { readonly all: number; readonly pairs: number } {
  const sum = (pick: (planned: PlannedSuite) => number): number =>
    suites.reduce((total, planned) => total + planned.suite.cases.length * planned.suite.repeats * pick(planned), 0);
  return { all: sum((planned) => sidesOf(planned, 1).length), pairs: sum((planned) => (judgesPairs(planned) ? 1 : 0)) };
}

/** Takes turns in which side goes first; both are judged together once each has answered. */
function sidesOf(planned: PlannedSuite, repeat: number): readonly Side[] {
  if (planned.before === undefined) return ["after"];
  const sides: readonly Side[] = repeat % 2 === 1 ? ["before", "after"] : ["after", "before"];
  return judgesPairs(planned) ? [...sides, "both"] : sides;
}

/** Whether the answers of both versions are judged side by side. */
export function judgesPairs({ suite, before }: PlannedSuite): boolean {
  return before !== undefined && suite.pairScorers.length > 0;
}

/** Digest of all that decides the cells and their scores: a journal is only continued for the same plan. */
export function planDigest(suites: readonly PlannedSuite[], { seed }: PlanOptions): string {
  return digest({ seed, suites: suites.map(suiteIdentity) });
}

function suiteIdentity(planned: PlannedSuite): JsonValue {
  const { suite, before, after } = planned;
  return {
    name: suite.name,
    data: dataDigest(suite),
    repeats: suite.repeats,
    scorers: judgesOf(suite),
    pairScorers: judgesPairs(planned) ? identities(suite.pairScorers) : [],
    before: before?.identity ?? null,
    after: after.identity,
  };
}

/** Digest of the cases: a comparison across two data sets says nothing. */
function dataDigest(suite: Suite): string {
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

/** What the scores of one side depend on beside its answers. */
export function judgesOf({ scorers }: Suite): JsonValue {
  return identities(scorers);
}

function identities(scorers: Suite["scorers"] | Suite["pairScorers"]): JsonValue {
  return scorers.map(({ scorer, gates }) => ({ name: scorer.name, gates, identity: scorer.identity }));
}
