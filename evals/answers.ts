import { BatonError } from "../core/errors.ts";
import { type Cell, cellKey, type CellOutcome, type CellResult } from "./cell.ts";
import { judgesPairs, type PlannedSuite } from "./plan.ts";

/** What became of both sides of a case, for whoever judges them side by side. */
export interface Answers {
  /** Remembers a side that was begun; returns what was given. */
  begun(cell: Cell, outcome: Promise<CellOutcome>): Promise<CellOutcome>;
  /** Waits for both sides of a cell, which have to be begun before it. */
  of(cell: Cell): Promise<{ readonly before: CellOutcome; readonly after: CellOutcome }>;
}

/** Knows the sides that the journal holds already. Keeps nothing where no pairs are judged. */
export function answersOf(planned: PlannedSuite, results: readonly CellResult[]): Answers {
  const known = new Map<string, Promise<CellOutcome>>();
  const keeps = judgesPairs(planned);
  if (keeps)
    for (const result of results)
      if (result.suite === planned.suite.name) known.set(cellKey(result), Promise.resolve(result));

  async function take(cell: Cell, side: "before" | "after"): Promise<CellOutcome> {
    const key = cellKey({ ...cell, side });
    const answer = known.get(key);
    known.delete(key);
    if (answer !== undefined) return await answer;
    throw new BatonError("internal-error", `The side \`${side}\` of case \`${cell.case}\` was not begun.`);
  }

  return {
    begun(cell, outcome) {
      if (keeps && cell.side !== "both") known.set(cellKey(cell), outcome);
      return outcome;
    },
    async of(cell) {
      const [before, after] = await Promise.all([take(cell, "before"), take(cell, "after")]);
      return { before, after };
    },
  };
}
