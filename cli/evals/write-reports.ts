import { writeFile } from "node:fs/promises";

import { githubAnnotations } from "../../evals/reports/annotations.ts";
import { junitReport } from "../../evals/reports/junit.ts";
import { markdownReport } from "../../evals/reports/markdown.ts";
import type { Output } from "../output.ts";
import type { EvalResult } from "./eval-document.ts";

export interface ReportFlags {
  readonly junit?: string;
  readonly markdown?: string;
}

/** Writes the reports that were asked for; in GitHub Actions the suites' files are marked as well. */
export async function writeReports(
  { verdict, outcomes, evals }: EvalResult,
  { junit, markdown }: ReportFlags,
  output: Output,
): Promise<void> {
  if (junit !== undefined) await writeFile(junit, junitReport(outcomes));
  if (markdown !== undefined) {
    const { unchanged, baseline, model } = evals;
    await writeFile(markdown, markdownReport({ verdict, outcomes, unchanged, baseline, model: model.model.ref }));
  }
  if (process.env["GITHUB_ACTIONS"] !== "true") return;
  for (const line of githubAnnotations(outcomes, evals.promptFileOf)) output.note(line);
}
