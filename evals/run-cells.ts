import { type Cell, cellKey, type CellOutcome, type CellResult } from "./cell.ts";
import type { Journal } from "./journal.ts";

/** Why cells were left undone. */
export type Halt =
  | { readonly kind: "decided"; readonly verdict: "pass" | "regression" }
  | { readonly kind: "budget"; readonly spent: { readonly tokens: number; readonly usd: number } }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "aborted" };

export interface CellRun {
  /** In the order in which they are begun. */
  readonly cells: Iterable<Cell>;
  readonly journal: Journal;
  /** Executes and scores a cell. Rejects only when the whole run cannot go on; a failed cell is an outcome. */
  readonly execute: (cell: Cell, signal: AbortSignal) => Promise<CellOutcome>;
  /** How many cells are under way at once. */
  readonly concurrency: number;
  /** Asked after each finished cell whether the rest is still needed. */
  readonly halt?: (results: readonly CellResult[]) => Halt | undefined;
  readonly signal?: AbortSignal;
  readonly onResult?: (result: CellResult) => void;
}

/** So many refusals of the key, one after the other, and no further call is made. */
const MOST_REFUSALS = 5;

/**
 * Runs the cells that the journal does not hold yet. Cells under way when the run is decided or out of budget are finished, since they are
 * paid for; those that an abort meets are not done and leave no line. Returns why cells were left undone; undefined when none were.
 */
export async function runCells(run: CellRun): Promise<Halt | undefined> {
  const { cells, journal, execute, concurrency, onResult, signal } = run;
  const done = new Set(journal.results.map(cellKey));
  const stop = new AbortController();
  let halted = run.halt?.(journal.results);
  let refusals = 0;

  const abort = (): void => {
    halted ??= { kind: "aborted" };
    stop.abort(signal?.reason);
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });

  async function work(cell: Cell): Promise<void> {
    if (halted !== undefined) return;
    try {
      const outcome = await execute(cell, stop.signal);
      if (!stop.signal.aborted) finish({ ...cell, ...outcome });
    } catch (error) {
      if (stop.signal.aborted) return;
      // Nothing more is begun; what is under way ends by the abort.
      abort();
      throw error;
    }
  }

  function finish(result: CellResult): void {
    journal.append(result);
    onResult?.(result);
    refusals = result.outcome === "infrastructure" && result.refused === true ? refusals + 1 : 0;
    if (refusals >= MOST_REFUSALS && result.outcome === "infrastructure")
      halted ??= { kind: "refused", error: result.error };
    halted ??= run.halt?.(journal.results);
  }

  try {
    const open = cells[Symbol.iterator]();
    // A promise for each cell that waits would be most of what a large suite keeps in memory.
    const lane = async (): Promise<void> => {
      for (let next = open.next(); next.done !== true && halted === undefined; next = open.next())
        if (!done.has(cellKey(next.value))) await work(next.value);
    };
    const settled = await Promise.allSettled(Array.from({ length: concurrency }, lane));
    const failed = settled.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    return halted;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
