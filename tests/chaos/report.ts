import { execFileSync } from "node:child_process";
import { cpus } from "node:os";

import type { Verdict } from "./crash-verdict.ts";

/** The sums of many crashes. */
export interface CrashFigures {
  readonly points: number;
  readonly killed: number;
  readonly lost: number;
  readonly wrong: number;
  readonly committedRepeated: number;
  /** The most tasks of the step in flight that one crash made run again. */
  readonly inFlightRepeatedMost: number;
  readonly duplicateEffects: number;
}

export function figuresOf(verdicts: readonly Verdict[]): CrashFigures {
  const count = (is: (verdict: Verdict) => boolean): number => verdicts.filter(is).length;
  return {
    points: verdicts.length,
    killed: count(({ killed }) => killed),
    lost: count(({ lost }) => lost !== undefined),
    wrong: count(({ wrong }) => wrong !== undefined),
    committedRepeated: count(({ repeatedCommitted }) => repeatedCommitted.length > 0),
    inFlightRepeatedMost: Math.max(0, ...verdicts.map(({ repeatedInFlight }) => repeatedInFlight.length)),
    duplicateEffects: count(({ duplicates }) => duplicates.length > 0),
  };
}

/** Crashes that broke a promise. */
export function broken(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(
    ({ lost, wrong, repeatedCommitted, duplicates }) =>
      lost !== undefined || wrong !== undefined || repeatedCommitted.length > 0 || duplicates.length > 0,
  );
}

export interface Environment {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly cpus: number;
}

export function environment(): Environment {
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" });
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: git("rev-parse", "--short", "HEAD").trim(),
    node: process.version,
    cpus: cpus().length,
  };
}

/** A Markdown table; the first row names the columns. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
