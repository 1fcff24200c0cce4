import type { PromptPin } from "../prompts/pin.ts";
import type { PlannedSuite } from "./plan.ts";
import type { Target } from "./suite.ts";

/** Why a suite is affected by a change: a file, the prompt that is made of it, and what runs that prompt. */
export interface Impact {
  readonly suite: string;
  /** `agent research/writer`, or `its judge`. */
  readonly target: string;
  readonly prompt: string;
  /** First letters of the closures; undefined where that side has no such prompt. */
  readonly closure: { readonly before: string | undefined; readonly after: string | undefined };
  /** Files that differ, relative to the folder of prompts. */
  readonly files: readonly string[];
}

/** A prompt in the two versions that are compared; a side that has none is undefined. */
export interface PinPair {
  readonly before: PromptPin | undefined;
  readonly after: PromptPin | undefined;
}

/** Both sides are made of the same, so they cannot differ. */
export function isUnchanged({ before, after }: PlannedSuite): boolean {
  return before !== undefined && JSON.stringify(before.identity) === JSON.stringify(after.identity);
}

/** The prompts of a suite's target that differ between the two sides. */
export function changedPins({ before, after }: PlannedSuite): readonly PinPair[] {
  if (before === undefined) return [];
  const names = new Set([...before.pins, ...after.pins].map(({ name }) => name));
  return [...names].flatMap((prompt) => {
    const [was, is] = [before, after].map(({ pins }) => pins.find(({ name }) => name === prompt));
    return was?.closure === is?.closure ? [] : [{ before: was, after: is }];
  });
}

/** The chains by which the change between the two sides reaches a suite; none when it does not. */
export function impactOn(planned: PlannedSuite): readonly Impact[] {
  const { suite, judges = [] } = planned;
  return [
    ...changedPins(planned).map((pair) => impact(pair, { suite: suite.name, target: targetName(suite.target) })),
    ...judges.map((pair) => impact(pair, { suite: suite.name, target: "its judge" })),
  ];
}

function impact({ before, after }: PinPair, place: Pick<Impact, "suite" | "target">): Impact {
  return {
    ...place,
    prompt: after?.name ?? before?.name ?? "",
    closure: { before: before?.closure.slice(0, 8), after: after?.closure.slice(0, 8) },
    files: changedFiles(before, after),
  };
}

/** How reports name what a suite runs. */
export function targetName(target: Target): string {
  switch (target.kind) {
    case "prompt":
      return `prompt ${target.prompt}`;
    case "agent":
      return `agent ${target.workflow}/${target.node}`;
    case "workflow":
      return `workflow ${target.workflow}`;
    default:
      return target satisfies never;
  }
}

function changedFiles(before: PromptPin | undefined, after: PromptPin | undefined): readonly string[] {
  const blobs = (pin: PromptPin | undefined): Map<string, string> =>
    new Map(pin?.files.map(({ path, blob }) => [path, blob]));
  const [was, is] = [blobs(before), blobs(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path));
}
