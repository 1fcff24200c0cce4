import { describe, onTestFinished, test } from "vitest";

import { BRANCH_CASES } from "./checkpointer-branch-cases.ts";
import { DATA_CASES } from "./checkpointer-data-cases.ts";
import type { CheckpointerCase, CheckpointerPlace } from "./checkpointer-place.ts";
import { PROCESS_CASES } from "./checkpointer-process-cases.ts";

/** What LangGraph's own suite does not ask of a checkpointer: forks, order, several processes, clocks, crashes, hostile data. */
export const CHECKPOINTER_CASES: readonly CheckpointerCase[] = [...BRANCH_CASES, ...PROCESS_CASES, ...DATA_CASES];

/** Registers the cases with vitest, each on a place of its own. Under another test runner, run `CHECKPOINTER_CASES` yourself. */
export function checkpointerSuite(name: string, make: () => Promise<CheckpointerPlace>): void {
  describe(`${name} as a checkpointer`, () => {
    test.each(CHECKPOINTER_CASES)("$title", async ({ run }) => {
      const place = await make();
      onTestFinished(async () => await place.remove());
      await run(place);
    });
  });
}
