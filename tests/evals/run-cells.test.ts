import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Cell, type CellOutcome, NOTHING_SPENT } from "../../evals/cell.ts";
import { createJournal, type JournalHeader, readJournal, resumeJournal } from "../../evals/journal.ts";
import { type CellRun, runCells } from "../../evals/run-cells.ts";
import { pairsOf, totalsOf } from "../../evals/totals.ts";

const HEADER: JournalHeader = { format: 1, plan: "p1", startedAt: 0, title: "a test" };
const SCORERS = { all: ["exact"], gating: new Set(["exact"]), pairs: new Set<string>(), passAt: 1 };
const SPENT = { ms: 1, inputTokens: 10, outputTokens: 2, modelCalls: 1 };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-evals-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CELLS: readonly Cell[] = Array.from({ length: 8 }, (_, at) => ({
  suite: "tea",
  case: `c${at >> 2}`,
  side: at % 2 === 0 ? "before" : "after",
  repeat: ((at >> 1) % 2) + 1,
}));

/** Says the same of a cell whenever it is asked: right, wrong, unreachable or broken. */
function outcomeOf({ case: id, side, repeat }: Cell): CellOutcome {
  const lot = (id.length + repeat * 3 + (side === "after" ? 5 : 0) + id.charCodeAt(1)) % 7;
  if (lot === 0) return { outcome: "infrastructure", error: "503", spent: NOTHING_SPENT };
  if (lot === 1) return { outcome: "wrong", error: "no JSON – naïve", spent: SPENT };
  return { outcome: "scored", scores: { exact: { score: lot % 2 } }, output: { answer: `größe ${lot}` }, spent: SPENT };
}

function reportOf(path: string): unknown {
  const { results } = readJournal(path);
  const sorted = results.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  return {
    before: totalsOf(results, "before", SCORERS),
    after: totalsOf(results, "after", SCORERS),
    pairs: pairsOf(results, "exact", SCORERS).toSorted((left, right) => (left.id < right.id ? -1 : 1)),
    sorted,
  };
}

test(
  "killed at any byte of its journal, a resumed run gives the same report and repeats no finished cell",
  { timeout: 180_000 },
  async () => {
    const whole = join(folder, "whole.jsonl");
    const journal = createJournal(whole, HEADER);
    await runCells(running({ journal }));
    journal.close();
    const expected = reportOf(whole);
    const bytes = readFileSync(whole);
    const first = bytes.indexOf("\n") + 1;
    for (let offset = first; offset <= bytes.length; offset++) {
      const path = join(folder, "torn.jsonl");
      writeFileSync(path, bytes.subarray(0, offset));
      const executed: string[] = [];
      const resumed = resumeJournal(path, "p1");
      const finished = resumed.results.length;
      await runCells(running({ journal: resumed, onResult: ({ case: id }) => executed.push(id) }));
      resumed.close();
      expect(executed).toHaveLength(CELLS.length - finished);
      expect(reportOf(path)).toEqual(expected);
    }
  },
);

test("an aborted run leaves no line for the cells under way, and goes on with them", async () => {
  const path = join(folder, "aborted.jsonl");
  const journal = createJournal(path, HEADER);
  const stop = new AbortController();
  let begun = 0;
  const halted = await runCells({
    ...running({ journal }),
    signal: stop.signal,
    execute: async (cell, signal) => {
      begun += 1;
      if (begun === 5) stop.abort();
      signal.throwIfAborted();
      return outcomeOf(cell);
    },
  });
  expect(halted).toEqual({ kind: "aborted" });
  expect(journal.results.length).toBeLessThan(5);
  journal.close();
  const resumed = resumeJournal(path, "p1");
  expect(await runCells(running({ journal: resumed }))).toBeUndefined();
  expect(resumed.results).toHaveLength(CELLS.length);
});

test("five refusals of the key in a row stop the run", async () => {
  const journal = createJournal(join(folder, "refused.jsonl"), HEADER);
  const execute = async (): Promise<CellOutcome> => ({
    outcome: "infrastructure",
    error: "401 from the model",
    refused: true,
    spent: NOTHING_SPENT,
  });
  expect(await runCells({ ...running({ journal }), concurrency: 1, execute })).toEqual({
    kind: "refused",
    error: "401 from the model",
  });
  expect(journal.results).toHaveLength(5);
});

test("a run that is decided begins nothing more and keeps what is under way", async () => {
  const journal = createJournal(join(folder, "decided.jsonl"), HEADER);
  const decided = { kind: "decided", verdict: "pass" } as const;
  const halted = await runCells({
    ...running({ journal }),
    concurrency: 3,
    halt: (results) => (results.length >= 4 ? decided : undefined),
  });
  expect(halted).toEqual(decided);
  expect(journal.results.length).toBeGreaterThanOrEqual(4);
  expect(journal.results.length).toBeLessThanOrEqual(6);
});

test("a defect of the runner itself is thrown, and nothing more is begun", async () => {
  const journal = createJournal(join(folder, "thrown.jsonl"), HEADER);
  const execute = async (): Promise<CellOutcome> => {
    throw new TypeError("a defect");
  };
  await expect(runCells({ ...running({ journal }), concurrency: 1, execute })).rejects.toThrow("a defect");
  expect(journal.results).toEqual([]);
});

test("a journal of another plan is refused, and so is one that nobody can write", () => {
  const path = join(folder, "other.jsonl");
  createJournal(path, HEADER).close();
  expect(() => resumeJournal(path, "p2")).toThrow(expect.objectContaining({ code: "eval-journal-unusable" }));
  expect(() => createJournal(join(folder, "other.jsonl", "x.jsonl"), HEADER)).toThrow(
    expect.objectContaining({ code: "eval-journal-unusable" }),
  );
  writeFileSync(path, '{"format":1}\n');
  expect(() => readJournal(path)).toThrow(expect.objectContaining({ code: "eval-journal-unusable" }));
});

function running(run: Pick<CellRun, "journal"> & Partial<CellRun>): CellRun {
  return { cells: CELLS, concurrency: 4, execute: async (cell) => outcomeOf(cell), ...run };
}
