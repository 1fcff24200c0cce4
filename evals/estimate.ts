import { countTokens } from "../core/tokens.ts";
import { cellKey } from "./cell.ts";
import type { KeptResults } from "./kept-results.ts";
import type { Journal } from "./journal.ts";
import { planCells, type PlannedSuite } from "./plan.ts";
import type { OpenTarget } from "./target.ts";

/** What an eval run is about to take, as far as it is known before. */
export interface Estimate {
  /** Executions that the journal and the kept results do not answer. */
  readonly executions: number;
  /** Input of the first model call of each of them. */
  readonly inputTokens: number;
  /** Executions of which that is not known. */
  readonly unknown: number;
}

export interface EstimateSources {
  readonly seed: number;
  readonly journal: Pick<Journal, "results">;
  readonly kept?: KeptResults;
}

/** So many texts of a side are counted; the others are taken to be as long. */
const MOST_COUNTED = 40;

/** Renders what will be asked and counts its tokens. Makes no call. */
export async function estimateOf(
  suites: readonly PlannedSuite[],
  { seed, journal, kept }: EstimateSources,
): Promise<Estimate> {
  const done = new Set(journal.results.map(cellKey));
  let executions = 0;
  let inputTokens = 0;
  let unknown = 0;
  for (const planned of suites) {
    const cases = new Map(planned.suite.cases.map((entry) => [entry.id, entry]));
    const open = [...planCells(planned, { seed })].filter((cell) => {
      const given = cases.get(cell.case);
      // What judges take is not known before, side by side or alone.
      if (cell.side === "both" || done.has(cellKey(cell)) || given === undefined) return false;
      return cell.side === "after" || kept?.find(planned, cell, given) === undefined;
    });
    executions += open.length;
    for (const side of ["before", "after"] as const) {
      const target = side === "before" ? planned.before : planned.after;
      const ids = open.filter((cell) => cell.side === side).map((cell) => cell.case);
      const mean =
        target === undefined
          ? undefined
          : await meanTokens(
              target,
              ids.flatMap((id) => cases.get(id) ?? []),
            );
      if (mean === undefined) unknown += ids.length;
      else inputTokens += Math.round(mean * ids.length);
    }
  }
  return { executions, inputTokens, unknown };
}

type Given = Parameters<NonNullable<OpenTarget["texts"]>>[0];

async function meanTokens({ texts }: OpenTarget, cases: readonly Given[]): Promise<number | undefined> {
  if (texts === undefined) return undefined;
  const counted = cases.slice(0, MOST_COUNTED);
  if (counted.length === 0) return 0;
  return (await countTokens(counted.flatMap((given) => texts(given)))) / counted.length;
}
