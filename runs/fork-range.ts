import { BatonError } from "../core/errors.ts";

/** The error for a step that no fork can begin with; names the steps there are. */
export function stepOutOfRange(run: string, step: number, steps: readonly number[]): BatonError {
  return new BatonError("step-out-of-range", `Run \`${run}\` has no checkpoint before step ${step}.`, {
    hint:
      steps.length === 0
        ? `Nothing of it is left to fork: baton show ${run}`
        : `Steps to choose from: ${printSteps(steps)}.`,
  });
}

/** `1 to 4, 7`. */
export function printSteps(steps: readonly number[]): string {
  const sorted = [...new Set(steps)].toSorted((one, other) => one - other);
  const ranges: [number, number][] = [];
  for (const step of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && step === last[1] + 1) last[1] = step;
    else ranges.push([step, step]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)).join(", ");
}
