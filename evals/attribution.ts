import type { PromptPin } from "../prompts/pin.ts";
import { changedPins } from "./impact.ts";
import type { PlannedSuite } from "./plan.ts";
import type { OpenTarget } from "./target.ts";
import type { SuiteOutcome } from "./verdict.ts";

/** A suite in which one prompt alone is changed. */
export interface Swap {
  /** The suite it was made of. */
  readonly suite: string;
  readonly prompt: string;
  readonly planned: PlannedSuite;
}

/**
 * A suite once for each of the prompts that a change touches, with that one alone in its new version; every case is executed, for the sake of the
 * interval. None where fewer than two prompts differ: then the suite itself says it.
 */
export function swapsOf(planned: PlannedSuite, targetWith: (pin: PromptPin) => OpenTarget): readonly Swap[] {
  const { suite } = planned;
  const pins = changedPins(planned).flatMap(({ before, after }) => (before === undefined ? [] : (after ?? [])));
  if (pins.length < 2) return [];
  return pins.map((pin) => ({
    suite: suite.name,
    prompt: pin.name,
    planned: {
      ...planned,
      suite: { ...suite, name: `${suite.name} [${pin.name}]` },
      after: targetWith(pin),
      isWhole: true,
    },
  }));
}

/** What one prompt alone did to one score. */
export interface Effect {
  readonly suite: string;
  readonly prompt: string;
  readonly scorer: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** The effects of single prompts, as paired differences with their intervals; the largest drop of a suite first. */
export function effectsOf(swaps: readonly Swap[], outcomes: readonly SuiteOutcome[]): readonly Effect[] {
  return swaps
    .flatMap(({ suite, prompt, planned }) => {
      const outcome = outcomes.find(({ name }) => name === planned.suite.name);
      return (outcome?.comparison?.scorers ?? []).map(({ name, estimate, low, high }) => ({
        suite,
        prompt,
        scorer: name,
        estimate,
        low,
        high,
      }));
    })
    .toSorted((left, right) => (left.suite === right.suite ? left.estimate - right.estimate : 0));
}
