import { relative, sep } from "node:path";

import type { Reporter, TestModule } from "vitest/node";

/** Prints after a run what each folder of tests took of it, the dearest first: one line an area. */
export default class ShareReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const areas = new Map<string, Area>();
    for (const module of modules) {
      const [area = ""] = relative("tests", relative(process.cwd(), module.moduleId)).split(sep);
      const { tests, seconds } = areas.get(area) ?? { tests: 0, seconds: 0 };
      areas.set(area, {
        tests: tests + [...module.children.allTests()].length,
        seconds: seconds + secondsOf(module),
      });
    }
    for (const line of shareLines(areas)) process.stdout.write(`${line}\n`);
  }
}

interface Area {
  readonly tests: number;
  /** Worker time: with two workers, two seconds of it pass in one. */
  readonly seconds: number;
}

/** What a file took in its worker, its imports and set-up included. */
function secondsOf(module: TestModule): number {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
  return (environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration) / 1000;
}

/** One line an area with its seconds of worker time and its share of all of it. */
export function shareLines(areas: ReadonlyMap<string, Area>): readonly string[] {
  const total = [...areas.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  return [...areas]
    .toSorted(([, one], [, other]) => other.seconds - one.seconds)
    .map(([name, { tests, seconds }]) => {
      const share = Math.round((100 * seconds) / Math.max(total, Number.MIN_VALUE));
      return `share: ${name.padEnd(12)} ${seconds.toFixed(1).padStart(7)} s ${String(share).padStart(3)} % ${String(tests).padStart(5)} tests`;
    });
}
