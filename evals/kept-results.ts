import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { digest } from "../core/json.ts";
import type { Case } from "./case.ts";
import { CellResult, type Cell, type CellOutcome } from "./cell.ts";
import { judgesOf, type PlannedSuite } from "./plan.ts";

/**
 * Results of earlier eval runs, by all that decides them: target, case, scorers and repeat. The side that a change left alone is read from here
 * and costs no call.
 */
export interface KeptResults {
  /** The outcome of an equal execution; undefined when there was none. */
  find(planned: PlannedSuite, cell: Cell, given: Case): CellOutcome | undefined;
  /** Keeps what has a score; errors are tried again. */
  keep(planned: PlannedSuite, result: CellResult, given: Case): void;
}

/** Opens the folder of kept results; it may be removed at any time. */
export function openKeptResults(folder: string): KeptResults {
  const files = new Map<string, Map<string, CellOutcome>>();

  function fileOf({ suite, before, after }: PlannedSuite, { side }: Pick<Cell, "side">): string {
    const target = side === "before" && before !== undefined ? before : after;
    return `${digest({ target: target.identity, scorers: judgesOf(suite) }).slice(0, 32)}.jsonl`;
  }

  function rowsOf(file: string): Map<string, CellOutcome> {
    const rows = files.get(file) ?? readRows(join(folder, file));
    files.set(file, rows);
    return rows;
  }

  return {
    find: (planned, cell, given) => rowsOf(fileOf(planned, cell)).get(keyOf(cell, given)),
    keep(planned, { suite: _suite, case: _case, side, repeat, ...outcome }, given) {
      if (outcome.outcome !== "scored" && outcome.outcome !== "wrong") return;
      const file = fileOf(planned, { side });
      const key = keyOf({ repeat }, given);
      if (rowsOf(file).has(key)) return;
      mkdirSync(folder, { recursive: true });
      appendFileSync(join(folder, file), `${JSON.stringify({ key, outcome })}\n`);
      rowsOf(file).set(key, outcome);
    },
  };
}

function keyOf({ repeat }: Pick<Cell, "repeat">, { input, recalled, expected }: Case): string {
  return digest({ repeat, input, recalled: recalled ?? null, expected: expected ?? null }).slice(0, 32);
}

/** A line that is torn or of another version is as good as none: the execution is made again. */
function readRows(path: string): Map<string, CellOutcome> {
  const rows = new Map<string, CellOutcome>();
  for (const line of textOf(path).split("\n")) {
    const row = parsed(line);
    if (row !== undefined) rows.set(...row);
  }
  return rows;
}

function parsed(line: string): readonly [string, CellOutcome] | undefined {
  try {
    // What JSON.parse returns is checked below.
    const { key, outcome } = JSON.parse(line) as { readonly key?: unknown; readonly outcome?: object };
    const read = CellResult.safeParse({ ...outcome, suite: "", case: "", side: "before", repeat: 1 });
    if (typeof key !== "string" || !read.success) return undefined;
    const { suite: _suite, case: _case, side: _side, repeat: _repeat, ...kept } = read.data;
    return [key, kept];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
