import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

import { BatonError } from "../core/errors.ts";
import { cellKey, CellResult } from "./cell.ts";

/** What an eval run was started for. A journal goes on only where all of it is the same. */
export const JournalHeader = z.strictObject({
  format: z.literal(1),
  /** Digest of everything that decides the cells and their scores: suites, cases, scorers, prompts, model, seed. */
  plan: z.string(),
  startedAt: z.number(),
  /** How the run was asked for, for people. */
  title: z.string(),
});
export type JournalHeader = z.infer<typeof JournalHeader>;

/** The finished cells of an eval run, one line each, in the order they finished. Every total is derived from them. */
export interface Journal {
  readonly header: JournalHeader;
  readonly results: readonly CellResult[];
  /** Hands the line to the operating system before it returns: from then on the cell is done, whatever happens to this process. */
  append(result: CellResult): void;
  /** Makes it safe against a loss of power, too. */
  close(): void;
}

/** Begins a journal; replaces one that lies there. Throws `eval-journal-unusable` when the file cannot be written. */
export function createJournal(path: string, header: JournalHeader): Journal {
  return guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, "w");
    writeLine(file, header);
    return writing({ path, file, header, results: [] });
  });
}

/**
 * Goes on with a journal. A line that a kill tore is no finished cell and is cut off; a cell whose key was refused is open again. Throws `eval-journal-unusable` when it cannot be
 * read, and when it was begun for another plan.
 */
export function resumeJournal(path: string, plan: string): Journal {
  return guarded(path, () => {
    const { header, results, end } = parseJournal(path);
    if (header.plan !== plan) {
      throw new BatonError(
        "eval-journal-unusable",
        `The eval run in \`${path}\` was begun with other suites, prompts, model or seed.`,
        {
          hint: "Start it anew without `--resume`; its finished cases cannot be compared with these.",
        },
      );
    }
    const file = openSync(path, "r+");
    ftruncateSync(file, end);
    return writing({ path, file, header, results: withoutRefused(results), end });
  });
}

/** Reads a journal without going on with it; throws as `resumeJournal`. */
export function readJournal(path: string): Pick<Journal, "header" | "results"> {
  return guarded(path, () => parseJournal(path));
}

interface Opened {
  readonly path: string;
  readonly file: number;
  readonly header: JournalHeader;
  readonly results: readonly CellResult[];
  readonly end?: number;
}

function writing({ path, file, header, results, end }: Opened): Journal {
  const all = [...results];
  let position = end;
  return {
    header,
    results: all,
    append: (result) =>
      guarded(path, () => {
        position = writeLine(file, result, position);
        all.push(result);
      }),
    close: () =>
      guarded(path, () => {
        fsyncSync(file);
        closeSync(file);
      }),
  };
}

function parseJournal(path: string): {
  readonly header: JournalHeader;
  readonly results: readonly CellResult[];
  readonly end: number;
} {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf("\n") + 1;
  const [first, ...lines] = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  if (first === undefined) throw new SyntaxError("it has no first line");
  return {
    header: JournalHeader.parse(JSON.parse(first)),
    results: lastOfEach(lines.map((line) => CellResult.parse(JSON.parse(line)))),
    end,
  };
}

/** A key that was refused says nothing of the cell: with another one it is executed again, and so is what was judged by it. */
function withoutRefused(results: readonly CellResult[]): readonly CellResult[] {
  const isRefused = (result: CellResult): boolean => "refused" in result && result.refused === true;
  const again = new Set(results.filter(isRefused).map((result) => cellKey({ ...result, side: "both" })));
  return results.filter((result) => !isRefused(result) && (result.side !== "both" || !again.has(cellKey(result))));
}

/** A cell that was executed again counts as it came out last. */
function lastOfEach(results: readonly CellResult[]): readonly CellResult[] {
  const last = new Map<string, CellResult>();
  for (const result of results) {
    const key = cellKey(result);
    last.delete(key);
    last.set(key, result);
  }
  return [...last.values()];
}

/** Returns where the next line begins; undefined when the file grows at its end. */
function writeLine(file: number, row: JournalHeader | CellResult, position?: number): number | undefined {
  const line = Buffer.from(`${JSON.stringify(row)}\n`);
  for (let written = 0; written < line.length;)
    written += writeSync(
      file,
      line,
      written,
      line.length - written,
      position === undefined ? null : position + written,
    );
  return position === undefined ? undefined : position + line.length;
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (BatonError.is(error)) throw error;
    throw new BatonError(
      "eval-journal-unusable",
      `The journal of the eval run, \`${path}\`, cannot be used: ${reasonOf(error)}.`,
      {
        hint: "Free the disk or check the folder's rights and go on with `--resume`; finished cases are not lost.",
        cause: error,
      },
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return "a line is not what this version of Baton writes";
  return error instanceof Error ? error.message.replace(/\.$/u, "") : String(error);
}
