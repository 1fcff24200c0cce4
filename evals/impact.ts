import type { PromptPin } from "../prompts/pin.ts";
import type { PlannedSuite } from "./plan.ts";
import type { Target } from "./suite.ts";

/** Why a suite is affected by a change: a file, the prompt that is made of it, and what runs that prompt. */
export interface Impact {
  readonly suite: string;
  readonly target: string;
  readonly prompt: string;
  /** First letters of the closures; undefined where that side has no such prompt. */
  readonly closure: { readonly before: string | undefined; readonly after: string | undefined };
  /** Files that differ, relative to the folder of prompts. */
  readonly files: readonly string[];
}

/** Both sides are made of the same, so they cannot differ. */
export function isUnchanged({ before, after }: PlannedSuite): boolean {
  return before !== undefined && JSON.stringify(before.identity) === JSON.stringify(after.identity);
}

/** The chains by which the change between the two sides reaches a suite; none when it does not. */
export function impactOn({ suite, before, after }: PlannedSuite): readonly Impact[] {
  if (before === undefined) return [];
  const names = new Set([...before.pins, ...after.pins].map(({ name }) => name));
  return [...names].flatMap((prompt) => {
    const [was, is] = [before, after].map(({ pins }) => pins.find(({ name }) => name === prompt));
    if (was?.closure === is?.closure) return [];
    const closure = { before: was?.closure.slice(0, 8), after: is?.closure.slice(0, 8) };
    return [{ suite: suite.name, target: targetName(suite.target), prompt, closure, files: changedFiles(was, is) }];
  });
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
